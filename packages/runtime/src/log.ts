import { isatty } from "node:tty";
import pino from "pino";
import type { LogLevel } from "./common-config.ts";
import { LineBatch } from "./line-batch.ts";
import { describeError } from "./log-error.ts";
import { isAtLeast, LogLines } from "./log-lines.ts";
import { renderLine } from "./log-text.ts";
import { hideSecretsIn, withoutSecrets } from "./secrets.ts";
import { activeIds } from "./tracing.ts";

/** Where facts are written down: the message is constant, facts are fields. */
export type Logger = pino.Logger;

export type LogFormat = "json" | "text";

export type LoggerOptions = {
  /** Stands in every line as `service`. */
  readonly service: string;
  /** From which level on it writes at first; "info" unless said. `lines.write` changes it. */
  readonly level?: LogLevel;
  /** Text on a terminal and JSON elsewhere unless said. */
  readonly format?: LogFormat | undefined;
  /** Where lines go; standard error unless said. Given whole lines. */
  readonly write?: (line: string, level: LogLevel) => void;
  /** Where others can listen to what is written. */
  readonly lines?: LogLines;
};

type Fields = Record<string, unknown>;

const STANDARD_ERROR = 2;

/**
 * A logger that writes one line per call to standard error: warnings and what is worse at once, the rest at the end of the turn of the
 * event loop. A process that ends writes what waits, also when it ends by an error that nobody caught.
 *
 * Private keys, tokens and what else is secret by its name are hidden at any depth. While a span is recorded, its ids stand in the line.
 */
export function createLogger(given: LoggerOptions): Logger {
  const { service, level = "info", format, write = standardError(), lines = new LogLines() } = given;
  lines.write(level);
  const chosen = format ?? (isatty(STANDARD_ERROR) ? "text" : "json");
  const render = chosen === "json" ? (line: string) => line : renderLine;
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => withoutSecrets(fields) as Fields,
    },
    serializers: { error: describeError, err: describeError },
    mixin: activeIds,
  };
  const logger = pino(options, {
    write: (line: string) => {
      const safe = hideSecretsIn(line);
      const lineLevel = levelOf(safe) ?? level;
      if (isAtLeast(lineLevel, lines.level)) write(render(safe), lineLevel);
      lines.tell(lineLevel, safe);
    },
  });
  lines.onNeeded(() => {
    logger.level = lines.lowest();
  });
  return withSafeChildren(logger);
}

/** Each line begins with its level. */
function levelOf(line: string): LogLevel | undefined {
  return /^\{"level":"(\w+)"/.exec(line)?.[1] as LogLevel | undefined;
}

/** Hides secrets in what a child logger is given for all its lines too, which pino does not hand to `formatters.log`. */
function withSafeChildren(logger: Logger): Logger {
  const plainChild = logger.child;
  const child = function (this: Logger, bindings: Fields, options?: pino.ChildLoggerOptions): Logger {
    return Reflect.apply(plainChild, this, [withoutSecrets(bindings), options]);
  };
  return Object.assign(logger, { child });
}

function standardError(): (line: string, level: LogLevel) => void {
  const destination = pino.destination({ fd: STANDARD_ERROR, sync: true });
  // Whoever reads the log may end before the service does (a closed pipe); that is no reason to stop serving.
  destination.on("error", () => {});
  const batch = new LineBatch((lines) => destination.write(lines));
  process.on("exit", () => batch.flush());
  return (line, level) => batch.add(line, level);
}
