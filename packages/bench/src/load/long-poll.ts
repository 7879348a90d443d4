import { connect, type Socket } from "node:net";

/** One answer to a long poll. */
export type PollAnswer = { readonly index: number; readonly atMs: number };

const END_OF_HEAD = "\r\n\r\n";

/**
 * A blocking query that is asked over and over on one connection, by the least code that reads HTTP: a client of five thousand must not
 * use the time that it measures. `answered` hears of each answer at its first byte; the next query is sent when the answer has ended.
 */
export class LongPoll {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #path: string;
  #received = "";
  #atMs = 0;

  /** @param path - of the query with its parameters but for the index. */
  constructor({ host, port }: { host: string; port: number }, path: string, answered: (answer: PollAnswer) => void) {
    this.#host = `${host}:${port}`;
    this.#path = path;
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.setEncoding("latin1").on("data", (text: string) => this.#read(text, answered));
  }

  /** Asks for what is newer than `index`. */
  ask(index: number): void {
    this.#socket.write(`GET ${this.#path}&index=${index} HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string, answered: (answer: PollAnswer) => void): void {
    if (this.#received === "") this.#atMs = performance.now();
    this.#received += text;
    const headEnd = this.#received.indexOf(END_OF_HEAD);
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    if (this.#received.length < headEnd + END_OF_HEAD.length + numberIn(head, "content-length")) return;
    this.#received = "";
    const index = numberIn(head, "x-consul-index");
    answered({ index, atMs: this.#atMs });
    this.ask(index);
  }
}

/** The number that a header field holds. Throws when it does not, since the query would never end. */
function numberIn(head: string, field: string): number {
  const value = new RegExp(`^${field}: *(\\d+)`, "im").exec(head)?.[1];
  if (value === undefined) throw new Error(`an answer has no ${field}: ${head}`);
  return Number(value);
}
