import type { EventEmitter } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import { connect as connectTcp, createServer as createTcpServer } from "node:net";
import { listen } from "@causeway/testkit";

/** What passes by: what the client sends, or what it is sent. */
export type Passage = { readonly by: "client" | "server"; readonly bytes: Buffer };

/** A conversation between a client and a server of Node's. */
export type Conversation = {
  readonly server?: ServerOptions;
  /** How the server answers, when it has all of a request. */
  readonly answer: (stream: ServerHttp2Stream, path: string) => void;
  readonly ask: (session: ClientHttp2Session) => Promise<void>;
};

/** Has a conversation by real sockets; gives all that has passed by between them, in its order. */
export async function passedBy({ server: options = {}, answer, ask }: Conversation): Promise<readonly Passage[]> {
  const passages: Passage[] = [];
  const server = createServer(options).on("stream", (stream: ServerHttp2Stream, { ":path": path = "" }) => {
    stream.on("error", () => {});
    stream.resume().on("end", () => answer(stream, path));
  });
  await using api = await listen(server);
  const relay = createTcpServer((client) => {
    const upstream = connectTcp(api.port, api.host);
    client.on("data", (bytes: Buffer) => passages.push({ by: "client", bytes })).pipe(upstream);
    upstream.on("data", (bytes: Buffer) => passages.push({ by: "server", bytes })).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => {});
  });
  await using between = await listen(relay);
  const session = connect(`http://${between.host}:${between.port}`);
  session.on("error", () => {});
  await ask(session);
  session.close();
  if (!session.destroyed) await closed(session);
  return passages;
}

/** Waits until it is closed, for whatever reason. */
export async function closed(closing: EventEmitter): Promise<void> {
  await new Promise<void>((resolve) => closing.once("close", resolve));
}

/** The whole answer to a request. */
export async function answered(stream: ClientHttp2Stream): Promise<string> {
  let answer = "";
  for await (const chunk of stream.setEncoding("latin1")) answer += chunk;
  return answer;
}

/** A frame as it is sent. */
export function frame(type: number, flags: number, stream: number, payload: string | Buffer = ""): Buffer {
  const bytes = typeof payload === "string" ? Buffer.from(payload.replaceAll(" ", ""), "hex") : payload;
  const header = Buffer.alloc(9);
  header.writeUIntBE(bytes.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, bytes]);
}
