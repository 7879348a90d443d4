import { createCipheriv, createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ListeningServer, type ListenOptions, listen } from "./listening-server.ts";

/** What went over a connection in one direction. */
export type Transfer = {
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
};

/** A service that only reads. */
export type Sink = ListeningServer & {
  /** Lets the connections flow that were held back by `reading: false`, and those to come. */
  startReading(): void;
  /** What the next connection brought that ends with the client's FIN; those that ended earlier are handed out first. */
  nextTransfer(): Promise<Transfer>;
};

/** A service that only writes. */
export type Source = ListeningServer & { readonly transfer: Transfer };

/** Whether a sink begins to read by itself. */
export type SinkOptions = ListenOptions & {
  /** False takes connections in but reads nothing, so that back-pressure builds up. */
  readonly reading?: boolean;
};

const CHUNK_BYTES = 64 * 1024;

/** Reads to the end and says what came. */
export async function receive(source: AsyncIterable<Uint8Array>): Promise<Transfer> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** As `receive`, but leaves the other direction open; a bare `for await` would destroy the whole socket at the client's FIN. */
function receiveHalf(socket: Socket): Promise<Transfer> {
  return receive(socket.iterator({ destroyOnReturn: false }));
}

/** `bytes` bytes that look random, cannot be compressed, and are the same each time. */
export function* pseudoRandom(bytes: number): Generator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    yield cipher.update(zeros.subarray(0, Math.min(left, CHUNK_BYTES)));
  }
}

/** A service that reads all that it is sent, and keeps its size and checksum. */
export async function startSink({ reading = true, ...where }: SinkOptions = {}): Promise<Sink> {
  const finished = new PassThrough({ objectMode: true });
  const transfers: AsyncIterator<Transfer> = finished[Symbol.asyncIterator]();
  const start = Promise.withResolvers<void>();
  if (reading) start.resolve();

  async function take(socket: Socket): Promise<void> {
    await start.promise;
    const transfer = await receiveHalf(socket);
    socket.end();
    finished.write(transfer);
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // A connection that is cut brings no transfer.
    take(socket).catch(() => {});
  });
  return {
    ...(await listen(server, where)),
    startReading: start.resolve,
    async nextTransfer() {
      return (await transfers.next()).value;
    },
  };
}

/** A service that sends `bytes` bytes to whoever connects, then its FIN. */
export async function startSource(bytes: number, where: ListenOptions = {}): Promise<Source> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.resume();
    pipeline(Readable.from(pseudoRandom(bytes)), socket).catch(() => {});
  });
  return { ...(await listen(server, where)), transfer: await receive(Readable.from(pseudoRandom(bytes))) };
}

/** A service that says nothing until its client has sent its FIN, then answers with what it has been sent as JSON (`Transfer`). */
export function startHalfCloseServer(where: ListenOptions = {}): Promise<ListeningServer> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    receiveHalf(socket).then(
      (transfer) => socket.end(JSON.stringify(transfer)),
      () => {},
    );
  });
  return listen(server, where);
}
