import type { SpanIds } from "@causeway/runtime";
import type { ConnectionFailure } from "./errors.ts";

/** An attempt to reach an endpoint that has ended. */
export type DialReport = {
  readonly destination: string;
  readonly target: string;
  readonly host: string;
  readonly port: number;
  /** "OK", or the failure's code. */
  readonly outcome: "OK" | ConnectionFailure["code"];
  readonly failure?: ConnectionFailure | undefined;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** The first span that the ClientHello makes which was sent, where TLS was begun and spans are exported. */
  readonly seen?: SpanIds | undefined;
};
