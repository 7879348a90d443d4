/** Says in words why an address could not be connected to, by the system's name of the error; `message` stands for any other. */
export function explainDial(code: string | undefined, message = code ?? "unknown error"): string {
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "EHOSTUNREACH":
      return "no route to the host";
    case "ENETUNREACH":
      return "the network cannot be reached from here";
    case "EADDRNOTAVAIL":
      return "no local address to connect from";
    case "ETIMEDOUT":
      return "the network gave no answer";
    default:
      return message;
  }
}
