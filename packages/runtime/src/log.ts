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
export type Logger = pino.Logger & {
  /**
   * Writes a line of level `info` whose facts are the text of a JSON object already, as `JSON.stringify` makes it. It costs a tenth of
   * `info`, which looks at each fact; so none of them may have the name of a secret. Child loggers have no such method.
   */
  infoRendered(facts: string, message: string): void;
};

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
  const pass = (line: string, lineLevel: LogLevel) => {
    const safe = hideSecretsIn(line);
    if (isAtLeast(lineLevel, lines.level)) write(render(safe), lineLevel);
    lines.tell(lineLevel, safe);
  };
  const plain = pino(options, { write: (line: string) => pass(line, levelOf(line) ?? level) });
  const logger = withRendered(plain, service, (line) => pass(line, "info"));
  lines.onNeeded(() => {
    logger.level = lines.lowest();
  });
  return withSafeChildren(logger);
}

/** Each line begins with its level. */
function levelOf(line: string): LogLevel | undefined {
  return /^\{"level":"(\w+)"/.exec(line)?.[1] as LogLevel | undefined;
}

/** Adds what writes lines whose facts are JSON already; they look like those that pino makes. */
function withRendered(logger: pino.Logger, service: string, pass: (line: string) => void): Logger {
  const about = `,"service":${JSON.stringify(service)}`;
  const infoRendered = (facts: string, message: string): void => {
    if (!logger.isLevelEnabled("info")) return;
    const time = pino.stdTimeFunctions.isoTime();
    const more = facts === "{}" ? "" : `,${facts.slice(1, -1)}`;
    pass(`{"level":"info"${time}${about}${more},"msg":${JSON.stringify(message)}}\n`);
  };
  return Object.assign(logger, { infoRendered });
}

/** Hides secrets in what a child logger is given for all its lines too, which pino does not hand to `formatters.log`. */
function withSafeChildren(logger: Logger): Logger {
  const plainChild = logger.child;
  const child = function (this: pino.Logger, bindings: Fields, options?: pino.ChildLoggerOptions): pino.Logger {
    const made: pino.Logger = Reflect.apply(plainChild, this, [withoutSecrets(bindings), options]);
    // Inherited, it would leave out what the child was given.
    return Object.assign(made, { infoRendered: undefined });
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
