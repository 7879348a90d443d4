import type { LogLevel } from "./common-config.ts";
import { isAtLeast } from "./log-lines.ts";

/** What waits is written when there is so much of it. */
const MOST_CHARACTERS = 65_536;

/** Lines of this level and above are written at once, with what waits before them. */
const URGENT: LogLevel = "warn";

/**
 * Lines on their way out, so that those of one turn of the event loop go in one write: a gateway has one for each connection, and to write
 * it costs as much as to make it. A line that tells of trouble does not wait, and none waits longer than to the end of the turn, or of the
 * process.
 */
export class LineBatch {
  readonly #write: (lines: string) => void;
  #waiting = "";

  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  /** Takes a whole line, its end included. */
  add(line: string, level: LogLevel): void {
    if (this.#waiting === "") setImmediate(() => this.flush());
    this.#waiting += line;
    if (isAtLeast(level, URGENT) || this.#waiting.length > MOST_CHARACTERS) this.flush();
  }

  /** Writes what waits. */
  flush(): void {
    const lines = this.#waiting;
    this.#waiting = "";
    if (lines !== "") this.#write(lines);
  }
}
