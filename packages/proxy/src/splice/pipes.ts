import type { Kernel } from "./kernel.ts";

/** Both ends of a pipe. */
export type Pipe = { readonly reading: number; readonly writing: number };

/** Pipes that are kept for later; each is two descriptors, and its memory is only taken while there is something in it. */
const KEPT = 256;

/**
 * Pipes between two sockets. Making one costs more than a small connection, so they are used again and again, and a connection has one
 * only while it holds something.
 */
export class Pipes {
  readonly #kernel: Kernel;
  readonly #free: Pipe[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** An empty pipe; `undefined` when the system gives none, being out of descriptors for example. */
  take(): Pipe | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const reading = this.#kernel.pipe();
    if (reading < 0) return undefined;
    const writing = this.#kernel.lastWritingEnd();
    this.#kernel.enlarge(writing);
    return { reading, writing };
  }

  /** Takes an empty pipe back. */
  giveBack(pipe: Pipe): void {
    if (this.#free.length < KEPT) this.#free.push(pipe);
    else this.discard(pipe);
  }

  /** Closes a pipe, whatever is in it. */
  discard({ reading, writing }: Pipe): void {
    this.#kernel.close(reading);
    this.#kernel.close(writing);
  }

  /** Closes those that are free. */
  close(): void {
    for (const pipe of this.#free.splice(0)) this.discard(pipe);
  }
}
