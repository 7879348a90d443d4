import type { Bus } from "@causeway/bus";
import type { Clock, CommonConfig, Logger, Metrics, Readiness } from "@causeway/runtime";
import type { AgentConfig } from "./config.ts";
import type { Source } from "./source.ts";
import type { CatalogView } from "./views/catalog-view.ts";

/** What every part of the agent is given. */
export type AgentContext = {
  readonly config: AgentConfig & CommonConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly bus: Bus;
  readonly datacenter: string;
  readonly catalog: Source<CatalogView>;
  /** Aborts when the agent ends. */
  readonly signal: AbortSignal;
};
