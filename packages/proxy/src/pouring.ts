import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import type { Writable } from "node:stream";

/** As much as Node asks the kernel for at once of any socket. Four times as much cost no less. */
const BUFFER_BYTES = 64 * 1024;

/** What a socket receives into, and who has it then: gives false when no more is to be received for now. */
type Intake = { readonly buffer: Buffer; receive: (bytes: Buffer) => boolean };

const intakes = new WeakMap<Socket, Intake>();

/**
 * Begins to connect by TCP; all that comes is received into one buffer, where a socket makes a new one each time that it reads. Nothing is
 * read until `pour`, which alone understands such a socket: no `data` event comes from it.
 */
export function connectToPour(options: TcpNetConnectOpts): Socket {
  const intake: Intake = { buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES), receive: () => false };
  const { buffer } = intake;
  const callback = (count: number) => intake.receive(buffer.subarray(0, count));
  const socket = connect({ ...options, onread: { buffer, callback } });
  socket.pause();
  intakes.set(socket, intake);
  return socket;
}

/** Sees bytes that pass by, before they are passed on; they are its own only until it returns. */
export type Onlooker = (bytes: Buffer) => void;

/**
 * Passes on to `sink` all that `source` receives, and then its end; a sink that is slow slows the source down. Failures are left alone, as
 * by `pipe`: whoever owns both ends one with the other.
 *
 * The one buffer is received into again when the sink has said that it is done with it.
 */
export function pour(source: Socket, sink: Writable, onlooker?: Onlooker): void {
  const intake = intakes.get(source);
  if (intake === undefined) {
    if (onlooker !== undefined) source.on("data", onlooker);
    source.pipe(sink);
    return;
  }
  const goOn = (error?: Error | null) => {
    if (!error && !source.destroyed) source.resume();
  };
  intake.receive = (bytes) => {
    onlooker?.(bytes);
    sink.write(bytes, goOn);
    return false;
  };
  source.once("end", () => sink.end());
  source.resume();
}
