/** A place to listen on. */
export type Bind =
  | { readonly kind: "tcp"; readonly secure: boolean; readonly host: string; readonly port: number }
  | { readonly kind: "socket"; readonly secure: boolean; readonly path: string };

/** What of the configuration says where the HTTP API is. */
export type BindConfig = {
  readonly httpAddress: readonly string[];
  readonly httpPort: number;
  readonly httpsAddress: readonly string[];
  readonly httpsPort: number;
};

const SOCKET = "unix://";

/** Every place to listen on; none of a scheme whose port is below 0, its sockets included, as in Consul. */
export function bindsOf({ httpAddress, httpPort, httpsAddress, httpsPort }: BindConfig): readonly Bind[] {
  return [...placesOf(httpAddress, httpPort, false), ...placesOf(httpsAddress, httpsPort, true)];
}

function placesOf(addresses: readonly string[], port: number, secure: boolean): readonly Bind[] {
  if (port < 0) return [];
  return addresses.map((address) =>
    address.startsWith(SOCKET)
      ? { kind: "socket", secure, path: address.slice(SOCKET.length) }
      : { kind: "tcp", secure, host: address, port },
  );
}

/** True of a host that only this machine can reach. */
export function isLocal(host: string): boolean {
  return /^(127\.|::1$|localhost$)/.test(host);
}

/** How a bind is told to people, and dialled by clients, once the system has chosen its port. */
export function addressOf(bind: Bind, port: number): string {
  if (bind.kind === "socket") return `${SOCKET}${bind.path}`;
  const host = bind.host.includes(":") ? `[${bind.host}]` : bind.host;
  return `${bind.secure ? "https" : "http"}://${host}:${port}`;
}
