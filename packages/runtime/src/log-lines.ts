import type { LogLevel } from "./common-config.ts";

/** From the least important to the most. */
const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal"];

type Listener = { readonly level: LogLevel; readonly tell: (line: string) => void };

/** True when a line of `level` is at least as important as `least`. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

/**
 * The lines of a logger as they are written, for whoever listens: each listener has a level of its own, which may be lower than the
 * logger's, and costs nothing when it has gone. Secrets are hidden already.
 */
export class LogLines {
  readonly #listeners = new Set<Listener>();
  #needed: () => void = () => undefined;

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

  /** The lowest of `own` and of what listeners want. */
  lowest(own: LogLevel): LogLevel {
    return [...this.#listeners].reduce((low, { level }) => (isAtLeast(level, low) ? low : level), own);
  }

  /** Calls `needed` whenever listeners come or go; there is one logger for these lines. */
  onNeeded(needed: () => void): void {
    this.#needed = needed;
  }

  /** Hands a line on to those that want its level. */
  tell(level: LogLevel, line: string): void {
    for (const listener of [...this.#listeners]) if (isAtLeast(level, listener.level)) listener.tell(line);
  }
}
