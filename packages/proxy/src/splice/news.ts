import type { DialReport, Ending, Report } from "./protocol.ts";

/** What has happened, gathered until the main thread is told: once in a turn of the loop at most, however many connections it served. */
export class News {
  #opened: string[] = [];
  #dialed: DialReport[] = [];
  #ended: Ending[] = [];
  readonly #tell: (report: Report) => void;

  constructor(tell: (report: Report) => void) {
    this.#tell = tell;
  }

  /** A connection was accepted. */
  opened(listener: string): void {
    this.#opened.push(listener);
  }

  /** An attempt to reach an endpoint has ended. */
  dialed(report: DialReport): void {
    this.#dialed.push(report);
  }

  /** A connection has ended. */
  ended(ending: Ending): void {
    this.#ended.push(ending);
  }

  /** Tells what there is to tell. */
  tell(): void {
    if (this.#opened.length + this.#dialed.length + this.#ended.length === 0) return;
    this.#tell({ kind: "news", opened: this.#opened, dialed: this.#dialed, ended: this.#ended });
    this.#opened = [];
    this.#dialed = [];
    this.#ended = [];
  }
}
