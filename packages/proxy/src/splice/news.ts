import type { ConnectionRecord } from "../record.ts";
import type { Loop } from "./loop.ts";
import type { Dialed, DialReport, Report, News as Told } from "./protocol.ts";

/** The main thread is told this often at most: to wake it for each of thousands of connections in a second would cost more than they do. */
const PAUSE_MS = 20;

/** What has happened, gathered until the main thread is told: at once after a quiet moment, else together with what follows. */
export class News {
  readonly #opened = new Map<string, number>();
  #dialed: Dialed[] = [];
  // JSON at once: what is made of many small objects is garbage by then, which is cheaper than to keep it for a while.
  #records = "";
  #dials: (readonly DialReport[])[] = [];
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

  /** A connection has ended; the attempts that it took are told where spans are exported. */
  ended(record: ConnectionRecord, dials: readonly DialReport[] | undefined): void {
    this.#records += `${JSON.stringify(record)}\n`;
    if (dials !== undefined) this.#dials.push(dials);
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
    const news: Told = { opened: Object.fromEntries(this.#opened), dialed: this.#dialed, dials: this.#dials };
    this.#send({ kind: "news", json: JSON.stringify(news), records: this.#records });
    this.#opened.clear();
    this.#dialed = [];
    this.#records = "";
    this.#dials = [];
  }

  get #pending(): boolean {
    return this.#opened.size + this.#dialed.length > 0 || this.#records !== "";
  }
}
