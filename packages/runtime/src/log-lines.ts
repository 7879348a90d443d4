import type { LogLevel } from "./common-config.ts";

/** From the least important to the most. */
export const LOG_LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal"];

type Listener = { readonly level: LogLevel; readonly tell: (line: string) => void };

/** True when a line of `level` is at least as important as `least`. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/**
 * The lines of a logger as they are written, and from which level on they are; for whoever listens too: each listener has a level of its
 * own, which may be lower than the logger's, and costs nothing when it has gone. Secrets are hidden already.
 */
export class LogLines {
  readonly #listeners = new Set<Listener>();
  #needed: () => void = () => undefined;
  #level: LogLevel = "info";

  /** The least important level that the logger writes. */
  get level(): LogLevel {
    return this.#level;
  }

  /** Has the logger write from this level on. */
  write(level: LogLevel): void {
    this.#level = level;
    this.#needed();
  }

  /** Calls `tell` with each line of JSON of `level` and above until the function that comes back is called. */
  listen(level: LogLevel, tell: (line: string) => void): () => void {
    const listener = { level, tell };
    this.#listeners.add(listener);
    this.#needed();
    return () => {
      this.#listeners.delete(listener);
      this.#needed();
    };
  }

  /** The lowest of what is written and of what listeners want. */
  lowest(): LogLevel {
    return [...this.#listeners].reduce((low, { level }) => (isAtLeast(level, low) ? low : level), this.#level);
  }

  /** Calls `needed` whenever `lowest` may have changed; there is one logger for these lines. */
  onNeeded(needed: () => void): void {
    this.#needed = needed;
  }

  /** Hands a line on to those that want its level. */
  tell(level: LogLevel, line: string): void {
    for (const listener of [...this.#listeners]) if (isAtLeast(level, listener.level)) listener.tell(line);
  }
}
