import { readdir, readFile } from "node:fs/promises";
import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Connection } from "./connection.ts";
import { CommandError } from "./errors.ts";

/** The methods that commands use. */
export type Method = "GET" | "PUT" | "POST" | "DELETE";

/** One request to the agent. */
export type AgentRequest = {
  readonly method: Method;
  /** With its query. */
  readonly path: string;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What came back, whatever its status. */
export type AgentResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
};

/** A connection with everything read that its files hold, as `node:https` wants it. */
export type ReadyConnection = {
  readonly connection: Connection;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: readonly string[];
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
  };
};

/** Reads the token and the certificates that a connection names. Throws a CommandError that names the file which cannot be read. */
export async function readConnection(connection: Connection): Promise<ReadyConnection> {
  const { token, tls } = connection;
  const secret = token === undefined || "text" in token ? token?.text : (await readText("token", token.file)).trim();
  const ca = [
    ...(tls.caFile === undefined ? [] : [await readText("CA", tls.caFile)]),
    ...(tls.caPath === undefined ? [] : await readFolder(tls.caPath)),
  ];
  return {
    connection,
    headers: secret === undefined ? {} : { "X-Consul-Token": secret },
    tls: {
      rejectUnauthorized: tls.verify,
      ...(ca.length === 0 ? {} : { ca }),
      ...(tls.certFile === undefined ? {} : { cert: await readText("client certificate", tls.certFile) }),
      ...(tls.keyFile === undefined ? {} : { key: await readText("client key", tls.keyFile) }),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    },
  };
}

/** Asks once, over a connection of its own. Throws a CommandError that says what to try when nothing answers. */
export async function send(ready: ReadyConnection, request: AgentRequest): Promise<AgentResponse> {
  return await answering(ready, request, async (response) => {
    const { statusCode: status = 0, headers } = response;
    return { status, headers, text: (await buffer(response)).toString() };
  });
}

/** Asks once and gives the answer as soon as it begins; its body is the caller's to read. Throws as `send` does. */
export async function open(ready: ReadyConnection, request: AgentRequest): Promise<IncomingMessage> {
  return await answering(ready, request, async (response) => response);
}

async function answering<T>(
  { connection, headers, tls }: ReadyConnection,
  { method, path, body, signal }: AgentRequest,
  read: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { url, socketPath, auth } = connection;
  const where = socketPath === undefined ? {} : { socketPath };
  const options = { method, headers, auth, signal, agent: false, ...where } as const;
  const target = new URL(path, url);
  const request =
    url.protocol === "https:" ? tlsRequest(target, { ...options, ...withList(tls) }) : plainRequest(target, options);
  try {
    return await new Promise<T>((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => void read(response).then(resolve, reject));
      request.end(body);
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new CommandError(unanswered(connection, cause), 1, { cause });
  }
}

/** A list that may be changed, which is what `node:https` asks for. */
function withList({ ca, ...rest }: ReadyConnection["tls"]) {
  return ca === undefined ? rest : { ...rest, ca: [...ca] };
}

/** What to try, by what went wrong. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/,
    "Name the CA that signed its certificate with -ca-file or CONSUL_CACERT, or one of those that -ca-path holds.",
  ],
  [/ALTNAME/, "Name what its certificate is for with -tls-server-name or CONSUL_TLS_SERVER_NAME."],
  [/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE/, "It may ask for -client-cert and -client-key."],
  [/WRONG_VERSION|PACKET_LENGTH|EPROTO/, "It may speak plain HTTP: name it by http://, without CONSUL_HTTP_SSL."],
  [/ECONNRESET|HPE_/, "It may speak HTTPS: name it by https://, or set CONSUL_HTTP_SSL=true."],
];

const START_ONE = 'Start one with "npm start", or name it with -http-addr or CONSUL_HTTP_ADDR.';

function unanswered({ name }: Connection, cause: unknown): string {
  const { code, reason } = factsOf(cause);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1] ?? START_ONE;
  return `no agent answers at ${name}: ${reason}\n${remedy}`;
}

/** A name with several addresses fails with one error for each, the text being in those. */
function factsOf(cause: unknown): { readonly code: string; readonly reason: string } {
  if (!(cause instanceof Error)) return { code: "", reason: String(cause) };
  const [first] = cause instanceof AggregateError ? cause.errors : [];
  const message = cause.message === "" && first instanceof Error ? first.message : cause.message;
  // OpenSSL's own words stand in the midst of a line of numbers and file names.
  const [, words] = /SSL routines:[^:]*:([^:]+):/.exec(message) ?? [];
  return { code: "code" in cause ? String(cause.code) : "", reason: words ?? message.trim() };
}

async function readText(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandError(`Error loading ${what}: ${(cause as Error).message}`, 1, { cause });
  }
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).sort();
    return await Promise.all(names.map((name) => readText("CA", join(folder, name))));
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`Error loading CA folder: ${(cause as Error).message}`, 1, { cause });
  }
}
