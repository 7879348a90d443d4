import { withoutSecrets } from "./secrets.ts";

/** A chain of causes that is longer than this is a circle. */
const MAX_CAUSES = 5;

/** An error as a log line has it: type, message, stack, its own facts (a `code`, say), and the errors behind it. Secrets are hidden. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return withoutSecrets(error);
  if (depth === MAX_CAUSES) return { type: error.name, message: error.message };
  const { cause, ...facts }: { readonly cause?: unknown } = { ...error };
  const reason = cause ?? error.cause;
  return {
    type: error.name,
    message: error.message,
    ...(withoutSecrets(facts) as object),
    stack: error.stack,
    ...(reason === undefined ? {} : { cause: describeError(reason, depth + 1) }),
    // Node gives one of these when every address of a host was tried in vain, with an empty message of its own.
    ...(error instanceof AggregateError ? { errors: error.errors.map((one) => describeError(one, depth + 1)) } : {}),
  };
}
