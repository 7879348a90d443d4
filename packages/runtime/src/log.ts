import { isatty } from "node:tty";
import pino from "pino";
import type { LogLevel } from "./common-config.ts";
import { renderLine } from "./log-text.ts";
import { withoutSecrets } from "./secrets.ts";
import { activeIds } from "./tracing.ts";

/** Where facts are written down: the message is constant, facts are fields. */
export type Logger = pino.Logger;

export type LogFormat = "json" | "text";

export type LoggerOptions = {
  /** Stands in every line as `service`. */
  readonly service: string;
  readonly level?: LogLevel;
  /** Text on a terminal and JSON elsewhere unless said. */
  readonly format?: LogFormat | undefined;
  /** Where lines go; standard error unless said. Given whole lines. */
  readonly write?: (line: string) => void;
};

const STANDARD_ERROR = 2;

/**
 * A logger that writes one line per call to standard error, at once, so that a line is never lost to a crash.
 *
 * Private keys, tokens and what else is secret by its name are hidden at any depth. While a span is recorded, its ids stand in the line.
 */
export function createLogger({ service, level = "info", format, write }: LoggerOptions): Logger {
  const chosen = format ?? (isatty(STANDARD_ERROR) ? "text" : "json");
  const out = write ?? standardError();
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => withoutSecrets(fields) as Record<string, unknown>,
    },
    serializers: { error: describeError, err: describeError },
    mixin: activeIds,
  };
  return pino(options, { write: chosen === "json" ? out : (line: string) => out(renderLine(line)) });
}

/** An error with its stack, causes and facts; secrets are hidden in the facts too. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return withoutSecrets(error);
  const { name, message, stack, cause, ...facts } = {
    ...error,
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: error.cause,
  };
  return {
    type: name,
    message: withoutSecrets(message),
    ...(withoutSecrets(facts) as object),
    stack,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

function standardError(): (line: string) => void {
  const destination = pino.destination({ fd: STANDARD_ERROR, sync: true });
  // Whoever reads the log may end before the service does (a closed pipe); that is no reason to stop serving.
  destination.on("error", () => {});
  return (line) => destination.write(line);
}
