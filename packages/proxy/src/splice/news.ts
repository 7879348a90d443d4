import type { Loop } from "./loop.ts";
import type { Dialed, Ending, Report, News as Told } from "./protocol.ts";

/** The main thread is told this often at most: to wake it for each of thousands of connections in a second would cost more than they do. */
const PAUSE_MS = 20;

/** What has happened, gathered until the main thread is told: at once after a quiet moment, else together with what follows. */
export class News {
  readonly #opened = new Map<string, number>();
  #dialed: Dialed[] = [];
  #ended: Ending[] = [];
  #toldMs = Number.NEGATIVE_INFINITY;
  #due = false;
  readonly #loop: Loop;
  readonly #send: (report: Report) => void;

  constructor(loop: Loop, send: (report: Report) => void) {
    this.#loop = loop;
    this.#send = send;
  }

  /** A connection was accepted. */
  opened(listener: string): void {
    this.#opened.set(listener, (this.#opened.get(listener) ?? 0) + 1);
  }

  /** An attempt to reach an endpoint has ended. */
  dialed(dialed: Dialed): void {
    this.#dialed.push(dialed);
  }

  /** A connection has ended. */
  ended(ending: Ending): void {
    this.#ended.push(ending);
  }

  /** Sees to it that what there is to tell is told soon; called at the end of each turn. */
  turn(): void {
    if (this.#due || !this.#pending) return;
    const waitMs = this.#toldMs + PAUSE_MS - this.#loop.nowMs;
    if (waitMs <= 0) {
      this.tell();
      return;
    }
    this.#due = true;
    this.#loop.after(PAUSE_MS, () => {
      this.#due = false;
      this.tell();
    });
  }

  /** Tells what there is to tell at once. */
  tell(): void {
    if (!this.#pending) return;
    this.#toldMs = this.#loop.nowMs;
    const news: Told = { opened: Object.fromEntries(this.#opened), dialed: this.#dialed, ended: this.#ended };
    this.#send({ kind: "news", json: JSON.stringify(news) });
    this.#opened.clear();
    this.#dialed = [];
    this.#ended = [];
  }

  get #pending(): boolean {
    return this.#opened.size + this.#dialed.length + this.#ended.length > 0;
  }
}
