import type { MessagePort } from "node:worker_threads";
import type { Route } from "@causeway/routes";
import type { DialReport } from "../dial-report.ts";
import type { FilesOrder } from "../native-tls/mirrored-files.ts";
import type { IdentityOrder } from "../native-tls/mirrored-identities.ts";
import type { OpenConnection } from "../record.ts";

export type { DialReport } from "../dial-report.ts";

/** What a listener's routes have become, told by what has changed; `undefined` when the table says nothing of it any more. */
export type RouteChange =
  | { readonly by: "listener"; readonly route: Route }
  | { readonly by: "sni"; readonly set: readonly (readonly [string, Route])[]; readonly gone: readonly string[] }
  | undefined;

/** What the main thread asks of the worker; messages are acted on in their order. */
export type Order =
  /** Accept on this descriptor, which is the worker's to close. */
  | { readonly kind: "listen"; readonly listener: number; readonly name: string }
  | { readonly kind: "assign"; readonly listener: number; readonly change: RouteChange }
  | { readonly kind: "stop-listening"; readonly listener: number }
  /** Present and believe this from here on. */
  | IdentityOrder
  | FilesOrder
  | { readonly kind: "resolved"; readonly query: number; readonly answer: Resolved }
  /** Tell all news at once, then the connections that are open if they are wanted, and count that as a listing. */
  | { readonly kind: "list"; readonly connections: boolean }
  /** End all that is open, as drained. */
  | { readonly kind: "cut-off" }
  /** Answered by `empty`, once nothing is open. */
  | { readonly kind: "await-empty" }
  /** Nothing is open any more: come to an end. */
  | { readonly kind: "close" };

/** The addresses of a host name, or why there are none. */
export type Resolved =
  | { readonly kind: "addresses"; readonly hosts: readonly string[] }
  | { readonly kind: "failed"; readonly reason: string };

/** An attempt to reach an endpoint that has ended, as it is counted. */
export type Dialed = Pick<DialReport, "destination" | "outcome"> & { readonly seconds: number };

/** What has happened since the last report, besides what has ended. */
export type News = {
  /** How many connections were accepted, by the names of the listeners. */
  readonly opened: Readonly<Record<string, number>>;
  readonly dialed: readonly Dialed[];
  /** For each connection that has ended the attempts that it took, where spans are exported. */
  readonly dials: readonly (readonly DialReport[])[];
};

/** What the worker tells the main thread. */
export type Report =
  /** As JSON, which costs half of what it takes to clone so many small objects. */
  | {
      readonly kind: "news";
      readonly json: string;
      /** The record of each connection that has ended, as it goes into the log, on a line of its own. */
      readonly records: string;
    }
  | { readonly kind: "resolve"; readonly query: number; readonly host: string }
  | { readonly kind: "connections"; readonly connections: readonly OpenConnection[] }
  | { readonly kind: "empty" }
  | { readonly kind: "cannot-accept"; readonly listener: string; readonly reason: string };

/** What a worker begins with. */
export type Beginning = {
  readonly orders: MessagePort;
  /** Rung when there are orders. */
  readonly alarm: number;
  readonly counters: SharedArrayBuffer;
  readonly limits: WorkerLimits;
};

/** Of a proxy's limits, those that the worker keeps. */
export type WorkerLimits = {
  readonly helloTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly maxConnections: number;
  readonly idleTimeoutMs: number;
  /** Whether spans are exported, so that attempts, and the hellos that are sent, must be known. */
  readonly traced: boolean;
};
