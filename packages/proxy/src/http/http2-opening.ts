import { performServerHandshake, type ServerHttp2Session } from "node:http2";
import { Duplex } from "node:stream";

/** As much of a connection as is looked at. */
const MAX_BYTES = 16 * 1024;

/**
 * Reads the requests with which an HTTP/2 connection begins, of what is within its first 16 KB, while the bytes pass by.
 *
 * Its heads are compressed by all that came before them. They are told by a session of Node's that is shown what the client sends and
 * whose answers nobody gets; more of a connection would cost it twice.
 */
export class Http2Opening {
  readonly #client = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  readonly #session: ServerHttp2Session;
  #left = MAX_BYTES;

  /** @param asked - told of each request, with its `traceparent` if any. */
  constructor(asked: (traceparent: string | undefined) => void) {
    this.#session = performServerHandshake(this.#client);
    this.#session.on("error", () => this.end());
    this.#session.on("stream", (stream, headers) => {
      stream.on("error", () => {}).resume();
      const { traceparent } = headers;
      asked(typeof traceparent === "string" ? traceparent : undefined);
    });
  }

  /** What the client sends. */
  toUpstream(bytes: Buffer): void {
    if (this.#left === 0) return;
    const seen = bytes.subarray(0, this.#left);
    this.#left -= seen.length;
    // The bytes are not ours to keep.
    this.#client.push(Buffer.from(seen));
  }

  /** Lets go of everything. */
  end(): void {
    this.#left = 0;
    this.#session.destroy();
    this.#client.destroy();
  }
}
