import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { START_UP_MS } from "./limits.ts";

/** A client's end of a connection, and all that it was sent. Disposing of it cuts the connection. */
export class Conversation<T extends Socket = Socket> implements Disposable {
  readonly socket: T;
  /** Resolves when the far side has ended its half, or the connection is gone. */
  readonly ended: Promise<void>;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #received: Buffer[] = [];
  #error: NodeJS.ErrnoException | undefined;

  constructor(socket: T) {
    this.socket = socket;
    const ended = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.closed = closed.promise;
    socket.on("data", (chunk: Buffer) => this.#received.push(chunk));
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("end", ended.resolve).on("close", () => {
      ended.resolve();
      closed.resolve();
    });
  }

  /** What broke the connection, if anything has. */
  get error(): NodeJS.ErrnoException | undefined {
    return this.#error;
  }

  /** All that was received so far. */
  get text(): string {
    return Buffer.concat(this.#received).toString();
  }

  /** Sends `text` and waits until as much has come back; for services that echo. Rejects when the connection ends without it. */
  async echo(text: string): Promise<void> {
    const before = this.text.length;
    this.socket.write(text);
    const deadline = AbortSignal.timeout(START_UP_MS);
    while (!this.text.slice(before).includes(text)) {
      if (this.socket.readableEnded || this.socket.destroyed) {
        throw new Error(`the connection ended after ${JSON.stringify(this.text)}`, { cause: this.error });
      }
      await Promise.race([once(this.socket, "data", { signal: deadline }), this.ended]);
    }
  }

  /** Sends `text`, ends the sending half, and gives all that comes until the far side ends. Rejects when the connection breaks. */
  async ask(text: string): Promise<string> {
    this.socket.end(text);
    await this.ended;
    if (this.error !== undefined) throw this.error;
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Connects by plain TCP, half-open, to a port of this machine unless told; resolves when it is connected. */
export async function openTcp(port: number, host = "127.0.0.1"): Promise<Conversation> {
  const conversation = new Conversation(connect({ host, port, allowHalfOpen: true }));
  await Promise.race([once(conversation.socket, "connect"), conversation.closed]);
  if (conversation.error !== undefined) throw conversation.error;
  return conversation;
}
