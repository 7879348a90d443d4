import { CommandError } from "./errors.ts";

/** The flags that say where the agent is, and who asks. */
export type ConnectionFlags = {
  /** "host:port", a URL, or "unix://" and the path of a socket. */
  readonly httpAddr?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly caPath?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly tlsServerName?: string | undefined;
};

/** How the agent is reached: nothing has been read or dialled yet. */
export type Connection = {
  /** Of a socket, only the scheme counts. */
  readonly url: URL;
  readonly socketPath: string | undefined;
  /** As the address is told to people. */
  readonly name: string;
  readonly token: { readonly text: string } | { readonly file: string } | undefined;
  /** "user:password" for whatever stands before the agent. */
  readonly auth: string | undefined;
  readonly tls: {
    readonly caFile: string | undefined;
    readonly caPath: string | undefined;
    readonly certFile: string | undefined;
    readonly keyFile: string | undefined;
    readonly serverName: string | undefined;
    readonly verify: boolean;
  };
};

const DEFAULT_ADDRESS = "127.0.0.1:8500";
const SOCKET = "unix://";

/**
 * How these flags and variables say that the agent is reached. A flag wins over a variable, CAUSEWAY_* over CONSUL_*, and the file of a
 * token over its text.
 *
 * @throws CommandError for an address or a variable that makes no sense.
 * @see https://developer.hashicorp.com/consul/commands#environment-variables
 */
export function connectionOf(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Connection {
  const variable = (name: string) => env[`CAUSEWAY_${name}`] ?? env[`CONSUL_${name}`];
  const given = flags.httpAddr ?? variable("HTTP_ADDR") ?? DEFAULT_ADDRESS;
  const url = urlOf(given, isTrue("HTTP_SSL", variable("HTTP_SSL") ?? "false"));
  const socketPath = given.startsWith(SOCKET) ? given.slice(SOCKET.length) : undefined;
  return {
    url,
    socketPath,
    name: socketPath === undefined ? url.origin : given,
    token: tokenOf(flags.tokenFile, flags.token) ?? tokenOf(variable("HTTP_TOKEN_FILE"), variable("HTTP_TOKEN")),
    auth: variable("HTTP_AUTH"),
    tls: {
      caFile: flags.caFile ?? variable("CACERT"),
      caPath: flags.caPath ?? variable("CAPATH"),
      certFile: flags.clientCert ?? variable("CLIENT_CERT"),
      keyFile: flags.clientKey ?? variable("CLIENT_KEY"),
      serverName: flags.tlsServerName ?? variable("TLS_SERVER_NAME"),
      verify: isTrue("HTTP_SSL_VERIFY", variable("HTTP_SSL_VERIFY") ?? "true"),
    },
  };
}

function tokenOf(file: string | undefined, text: string | undefined): Connection["token"] {
  if (file !== undefined && file !== "") return { file };
  return text === undefined || text === "" ? undefined : { text };
}

/** TLS that was asked for is never given up for an address that says http. As in Go, ":8500" is a port of this machine. */
function urlOf(given: string, ssl: boolean): URL {
  const address = given.startsWith(SOCKET)
    ? "http://localhost"
    : given.replace(/^(https?:\/\/)?:(?=\d)/, "$1127.0.0.1:");
  const scheme = /^([^/?#]*):\/\//.exec(address)?.[1];
  const url = URL.parse(scheme === undefined ? `http://${address}` : address);
  if (url === null || (scheme !== undefined && scheme !== "http" && scheme !== "https")) {
    throw new CommandError(
      `"${given}" is no address of an agent: give host:port, http://host:port, https://host:port or unix:///path`,
    );
  }
  if (ssl) url.protocol = "https:";
  return url;
}

function isTrue(name: string, text: string): boolean {
  if (["1", "t", "true"].includes(text.toLowerCase())) return true;
  if (["0", "f", "false", ""].includes(text.toLowerCase())) return false;
  throw new CommandError(`CONSUL_${name} must be true or false, not "${text}"`);
}
