import type { CatalogCheck, CatalogService } from "@causeway/model";

/** A service that is registered with this agent: what the catalog will hold, without the catalog's indexes. */
export type LocalService = Omit<CatalogService, "CreateIndex" | "ModifyIndex">;

/** How a check finds its result. */
export type CheckMethod =
  | { readonly kind: "ttl"; readonly ttlMs: number; readonly outputMaxBytes: number }
  /** Finds nothing: it is critical for as long as it is there. */
  | { readonly kind: "maintenance" }
  | {
      readonly kind: "http";
      readonly url: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, readonly string[]>>;
      readonly body: string;
      readonly skipVerify: boolean;
      readonly followRedirects: boolean;
      readonly intervalMs: number;
      readonly timeoutMs: number;
      readonly outputMaxBytes: number;
    }
  | {
      readonly kind: "script";
      readonly args: readonly string[];
      readonly intervalMs: number;
      readonly timeoutMs: number;
      readonly outputMaxBytes: number;
    }
  | { readonly kind: "tcp"; readonly address: string; readonly intervalMs: number; readonly timeoutMs: number }
  | { readonly kind: "udp"; readonly address: string; readonly intervalMs: number; readonly timeoutMs: number }
  | {
      readonly kind: "grpc";
      /** "host:port", or "host:port/service". */
      readonly target: string;
      readonly useTls: boolean;
      readonly skipVerify: boolean;
      readonly intervalMs: number;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "h2ping";
      readonly address: string;
      readonly useTls: boolean;
      readonly skipVerify: boolean;
      readonly intervalMs: number;
      readonly timeoutMs: number;
    }
  /** Follows a service of a node, or all of a node when `service` is ""; `node` "" is this one. */
  | { readonly kind: "alias"; readonly node: string; readonly service: string };

/** A check of this agent: how it is run, and its last result. */
export type LocalCheck = {
  readonly check: Omit<CatalogCheck, "CreateIndex" | "ModifyIndex">;
  readonly method: CheckMethod;
  readonly successBeforePassing: number;
  readonly failuresBeforeWarning: number;
  readonly failuresBeforeCritical: number;
  /** A service whose check has been critical for so long is deregistered; 0 never. */
  readonly deregisterAfterMs: number;
};
