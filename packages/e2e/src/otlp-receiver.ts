import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { buffer } from "node:stream/consumers";
import { decodeSpans, type ExportedSpan } from "./otlp-schema.ts";

/** How a receiver is spoken to, by the names of OTEL_EXPORTER_OTLP_PROTOCOL. */
export type OtlpTransport = "http/protobuf" | "grpc";

/** Something that takes spans as a collector does, and remembers them. */
export class OtlpReceiver implements AsyncDisposable {
  readonly transport: OtlpTransport;
  readonly #server: Server;
  readonly #spans: ExportedSpan[];
  readonly #end: () => void;

  private constructor(transport: OtlpTransport, server: Server, spans: ExportedSpan[], end: () => void) {
    this.transport = transport;
    this.#server = server;
    this.#spans = spans;
    this.#end = end;
  }

  /** Starts one on a port of the system's choice. */
  static async start(transport: OtlpTransport): Promise<OtlpReceiver> {
    const spans: ExportedSpan[] = [];
    const take = (bytes: Uint8Array) => void spans.push(...decodeSpans(bytes));
    const [server, end] = transport === "grpc" ? grpcServer(take) : httpServer(take);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new OtlpReceiver(transport, server, spans, end);
  }

  /** All that it was sent. */
  get spans(): readonly ExportedSpan[] {
    return this.#spans;
  }

  /** The standard variables that lead a process here, with nothing waiting for long. */
  get variables(): Readonly<Record<string, string>> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: this.transport,
      OTEL_BSP_SCHEDULE_DELAY: "100",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#end();
    await closed;
  }
}

type Take = (bytes: Uint8Array) => void;

function httpServer(take: Take): [server: Server, end: () => void] {
  const server = createHttpServer(async (request, response) => {
    const body = await buffer(request);
    const { url, headers } = request;
    if (url !== "/v1/traces" || headers["content-type"] !== "application/x-protobuf") response.writeHead(400);
    else take(body);
    response.end();
  });
  return [server, () => server.closeAllConnections()];
}

const GRPC_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/** Whether the message is compressed, 1 byte, and its length, 4 bytes. */
const GRPC_HEADER_BYTES = 5;

/** @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
function grpcServer(take: Take): [server: Server, end: () => void] {
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttp2Server();
  server.on("session", (session) => sessions.add(session));
  server.on(
    "stream",
    (stream: ServerHttp2Stream, { ":path": path }) => void answer(stream, path === GRPC_EXPORT ? take : undefined),
  );
  return [
    server,
    () => {
      for (const session of sessions) session.destroy();
    },
  ];
}

const OK = "0";
const UNIMPLEMENTED = "12";

async function answer(stream: ServerHttp2Stream, take: Take | undefined): Promise<void> {
  // Whoever exports may end at any moment.
  stream.on("error", () => undefined);
  const body = await buffer(stream).catch(() => undefined);
  if (body === undefined || stream.destroyed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": take === undefined ? UNIMPLEMENTED : OK }));
  take?.(body.subarray(GRPC_HEADER_BYTES, GRPC_HEADER_BYTES + body.readUInt32BE(1)));
  stream.end(Buffer.alloc(GRPC_HEADER_BYTES));
}
