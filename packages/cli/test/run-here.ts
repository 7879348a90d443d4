import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "../src/context.ts";
import { runCommandLine } from "../src/program.ts";

/** How a command ended, and what it wrote. */
export type Ended = { readonly status: number; readonly out: string; readonly err: string };

/** What a command finds, apart from its arguments. */
export type Surroundings = { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string };

/** Runs a command line in this process, with an environment of its own. */
export async function runHere(args: readonly string[], { env = {}, stdin = "" }: Surroundings = {}): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const context: Context = {
    env,
    out: (text) => void out.push(text),
    outBytes: (bytes) => void out.push(String(Buffer.from(bytes))),
    err: (text) => void err.push(text),
    readStdin: async () => stdin,
    readStdinBytes: async () => Buffer.from(stdin),
  };
  const status = await runCommandLine(args, context);
  return { status, out: out.join("\n").trimEnd(), err: err.join("\n").trimEnd() };
}

/** What a stand-in for the agent was asked. */
export type Asked = {
  readonly request: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
};

/** A stand-in for the agent, that answers as the test says. Disposing of it ends it. */
export type StandIn = AsyncDisposable & { readonly address: string; readonly asked: readonly Asked[] };

/** An answer: its status, 200 unless told, its body, which is sent as JSON unless it is a text, its index, and the digest of its content. */
export type StandInAnswer = {
  readonly status?: number;
  readonly body?: unknown;
  readonly index?: number;
  readonly hash?: string;
};

/** Starts a stand-in on a port, or at the path of a socket. `answer` is given "GET /v1/…" with the query. */
export async function startStandIn(
  answer: (request: string) => StandInAnswer | Promise<StandInAnswer>,
  at: number | string = 0,
): Promise<StandIn> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const line = `${request.method} ${request.url}`;
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push({ request: line, headers: request.headers, body });
    const { status = 200, body: content = "", index = 1, hash } = await answer(line);
    const digest = hash === undefined ? {} : { "X-Consul-ContentHash": hash };
    response.writeHead(status, { "X-Consul-Index": String(index), ...digest });
    response.end(typeof content === "string" ? content : JSON.stringify(content));
  });
  await new Promise<void>((resolve) => {
    if (typeof at === "string") server.listen(at, resolve);
    else server.listen(at, "127.0.0.1", resolve);
  });
  return { address: addressOf(server), asked, [Symbol.asyncDispose]: () => closed(server) };
}

function addressOf(server: Server): string {
  const address = server.address() as AddressInfo | string;
  return typeof address === "string" ? `unix://${address}` : `127.0.0.1:${address.port}`;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}
