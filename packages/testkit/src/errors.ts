import type { Exit } from "./spawned-process.ts";

/** What went wrong in the test kit itself, as opposed to in what is being tested. */
export type TestkitFailure =
  | { readonly code: "NOT_STARTED"; readonly command: string; readonly reason: string }
  | { readonly code: "EXITED_EARLY"; readonly command: string; readonly exit: Exit; readonly output: string }
  | { readonly code: "NO_SUCH_LINE"; readonly command: string; readonly waitedMs: number; readonly output: string }
  | { readonly code: "NOT_READY"; readonly command: string; readonly waitedMs: number; readonly output: string }
  | { readonly code: "NEVER_HELD"; readonly waitedMs: number; readonly reason: string }
  | { readonly code: "NATS_SERVER_NOT_FOUND"; readonly looked: readonly string[] };

/** A failure of the test kit; `failure.code` says which. */
export class TestkitError extends Error {
  override readonly name = "TestkitError";
  readonly failure: TestkitFailure;

  constructor(failure: TestkitFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.failure = failure;
  }
}

function describe(failure: TestkitFailure): string {
  switch (failure.code) {
    case "NOT_STARTED":
      return `${failure.command} could not be started: ${failure.reason}`;
    case "EXITED_EARLY":
      return `${failure.command} ended (${describeExit(failure.exit)}) before it was ready; its last lines:\n${failure.output}`;
    case "NO_SUCH_LINE":
      return `${failure.command} wrote no such line within ${failure.waitedMs} ms; its last lines:\n${failure.output}`;
    case "NOT_READY":
      return `${failure.command} was not ready after ${failure.waitedMs} ms; its last lines:\n${failure.output}`;
    case "NEVER_HELD":
      return `did not hold within ${failure.waitedMs} ms: ${failure.reason}`;
    case "NATS_SERVER_NOT_FOUND":
      return `no nats-server found (looked at ${failure.looked.join(", ")}); run the tests with "npm test" once, or set CAUSEWAY_NATS_SERVER`;
  }
}

function describeExit({ code, signal }: Exit): string {
  return signal === null ? `code ${code}` : signal;
}
