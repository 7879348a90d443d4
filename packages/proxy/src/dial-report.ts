import type { ConnectionFailure } from "./errors.ts";
import type { SentHello } from "./hop.ts";

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
  /** The ClientHello that was sent, where TLS was begun and got an answer. */
  readonly hello?: SentHello | undefined;
};
