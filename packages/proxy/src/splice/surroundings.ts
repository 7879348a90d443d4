import type { NativeTls } from "../native-tls/native-tls.ts";
import type { RecentFailures } from "../recent-failures.ts";
import type { Counters } from "./counters.ts";
import type { Kernel } from "./kernel.ts";
import type { Loop, Watcher } from "./loop.ts";
import type { News } from "./news.ts";
import type { Pacing } from "./pacing.ts";
import type { Pipes } from "./pipes.ts";
import type { Probing } from "./probing.ts";
import type { Resolved, WorkerLimits } from "./protocol.ts";

/** What every connection of the worker has to do with. */
export type Surroundings = {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly pipes: Pipes;
  readonly pacing: Pacing;
  readonly probing: Probing;
  readonly tls: NativeTls;
  readonly news: News;
  readonly counters: Counters;
  readonly limits: WorkerLimits;
  readonly recentFailures: RecentFailures;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** Finds the addresses of a host name; `done` is called later, once at most. */
  readonly resolve: (host: string, done: (answer: Resolved) => void) => void;
};

/** A part of a connection's life; it is told of both its sockets. */
export interface Stage extends Watcher {
  /** Lets go of all but the sockets: the connection goes on with another stage, or has ended. */
  leave(): void;
}

/** The stage of a connection that has ended: nothing is waited for. */
export const NOTHING: Stage = { ready: () => {}, leave: () => {} };
