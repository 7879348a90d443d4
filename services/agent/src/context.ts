import type { Bus } from "@causeway/bus";
import type { Clock, CommonConfig, Logger, LogLines, Metrics, Readiness } from "@causeway/runtime";
import type { Acl } from "./acl/acl.ts";
import type { AgentConfig } from "./config.ts";
import type { KnownDatacenters } from "./datacenters/known-datacenters.ts";
import type { Source } from "./source.ts";
import type { CaView } from "./views/ca-view.ts";
import type { CatalogView } from "./views/catalog-view.ts";
import type { ConfigView } from "./views/config-view.ts";
import type { FederationView } from "./views/federation-view.ts";
import type { IntentionsView } from "./views/intentions-view.ts";
import type { KvView } from "./views/kv-view.ts";

/** What every part of the agent is given. */
export type AgentContext = {
  readonly config: AgentConfig & CommonConfig;
  readonly log: Logger;
  readonly logLines: LogLines;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly bus: Bus;
  readonly datacenter: string;
  readonly catalog: Source<CatalogView>;
  readonly configEntries: Source<ConfigView>;
  readonly intentions: Source<IntentionsView>;
  readonly ca: Source<CaView>;
  readonly kv: Source<KvView>;
  /** Undefined where ACLs are not enabled. */
  readonly acl: Acl | undefined;
  /** Empty where there is one datacenter only. */
  readonly federation: Source<FederationView>;
  readonly datacenters: Pick<KnownDatacenters, "names">;
  /** Has the process end once the requests under way are answered. */
  readonly askToStop: () => void;
  /** Aborts when the agent ends. */
  readonly signal: AbortSignal;
};
