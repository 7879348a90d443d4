import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { readSpans } from "./span.ts";
import { TraceStore } from "./trace-store.ts";

/** Some minutes of a demo; about 10 MB. */
const MAX_SPANS = 10_000;

/** Path at which a receiver tells the spans that it keeps, below what is its OTLP endpoint too. */
export const TRACES_PATH = "/traces";

/** Takes the spans of a mesh on this machine, and keeps the last of them in memory for `causeway trace`. Disposing of it closes it. */
export class TraceReceiver implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts one on a port of 127.0.0.1 that the system chooses. */
  static async start(): Promise<TraceReceiver> {
    const store = new TraceStore(MAX_SPANS);
    const server = createServer(async (request, response) => {
      const { status, body } = await answer(request, store);
      response.writeHead(status, { "Content-Type": "application/json" }).end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TraceReceiver(server);
  }

  /** The standard variables by which a process sends its spans here. */
  get variables(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "500",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(request: IncomingMessage, store: TraceStore): Promise<{ status: number; body: string }> {
  if (request.method === "GET" && request.url === TRACES_PATH)
    return { status: 200, body: JSON.stringify(store.all()) };
  if (request.method !== "POST" || request.url !== "/v1/traces") return { status: 404, body: "{}" };
  try {
    store.add(readSpans(await text(request)));
    return { status: 200, body: "{}" };
  } catch (error) {
    return { status: 400, body: JSON.stringify({ message: String(error) }) };
  }
}
