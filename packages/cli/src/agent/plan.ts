import { durationNs } from "@causeway/model";
import { type AclOptions, aclVariables } from "../dev/acl.ts";
import { CommandError } from "../errors.ts";
import type { AddressSource } from "../sockaddr/index.ts";
import { aclPlan } from "./acl-settings.ts";
import { caVariables } from "./ca-settings.ts";
import { advertiseAddress, httpPlan } from "./http-settings.ts";
import type { AgentSettings } from "./settings.ts";

/** Variables of a process. */
type Variables = Readonly<Record<string, string>>;

/** What a configuration comes to: which services run, and what each is told. */
export type AgentPlan = {
  readonly datacenter: string;
  /** Where all state is kept; undefined for state that ends with the agent. */
  readonly dataDir: string | undefined;
  readonly pidFile: string | undefined;
  readonly acl: AclOptions | undefined;
  /** Whether the services that own state run here as well, or elsewhere on the same NATS. */
  readonly controlPlane: boolean;
  /** The operator's own NATS; without it one is started. */
  readonly natsUrl: string | undefined;
  /** Of every service. */
  readonly common: Variables;
  readonly agent: Variables;
  readonly ca: Variables;
  readonly catalog: Variables;
  /** What could not be followed, and why. */
  readonly warnings: readonly string[];
};

/** What of this machine a configuration is read with. */
export type PlanInputs = {
  readonly dev: boolean;
  readonly natsUrl: string | undefined;
  /** Its name. */
  readonly hostname: string;
  readonly addresses: AddressSource;
};

const LOG_LEVELS: Readonly<Record<string, string>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  err: "error",
  error: "error",
};

/** Says what a configuration comes to. Throws a CommandError for one that cannot be used, in Consul's words where it has some. */
export function planOf(settings: AgentSettings, inputs: PlanInputs): AgentPlan {
  const { dev, natsUrl, hostname, addresses } = inputs;
  const datacenter = datacenterOf("datacenter", settings.datacenter ?? "dc1");
  const primary = datacenterOf(
    "primary_datacenter",
    settings.primary_datacenter || settings.acl_datacenter || datacenter,
  );
  const dataDir = settings.data_dir || undefined;
  if (dataDir === undefined && !dev) throw new CommandError("data_dir cannot be empty");
  if (primary !== datacenter && natsUrl === undefined) {
    throw new CommandError(
      `primary_datacenter is ${primary}: the NATS of ${datacenter} must join that of ${primary}; start both, and name this one's by CAUSEWAY_NATS_URL`,
    );
  }
  const controlPlane = dev || settings.server === true || natsUrl === undefined;
  const { acl, agent: aclOfAgent } = aclPlan(settings);
  const { agent: httpOfAgent, warnings } = httpPlan(settings, addresses);
  return {
    datacenter,
    dataDir,
    pidFile: settings.pid_file || undefined,
    acl,
    controlPlane,
    natsUrl,
    common: {
      CAUSEWAY_DATACENTER: datacenter,
      CAUSEWAY_PRIMARY_DATACENTER: primary,
      CAUSEWAY_NODE_NAME: settings.node_name || hostname,
      CAUSEWAY_LOG_LEVEL: logLevel(settings.log_level ?? "info"),
      ...aclVariables(acl),
    },
    agent: {
      ...httpOfAgent,
      ...nodeVariables(settings),
      ...leaveVariables(settings, controlPlane),
      ...aclOfAgent,
      CAUSEWAY_ADVERTISE_ADDRESS: advertiseAddress(settings, addresses),
      CAUSEWAY_ENABLE_SCRIPT_CHECKS: String(settings.enable_script_checks ?? false),
      CAUSEWAY_ENABLE_LOCAL_SCRIPT_CHECKS: String(settings.enable_local_script_checks ?? false),
      CAUSEWAY_PROMETHEUS_RETENTION_SECONDS: String(retentionSeconds(settings)),
    },
    ca: caVariables(settings),
    catalog: catalogVariables(settings),
    warnings,
  };
}

function nodeVariables({ node_id, node_meta }: AgentSettings): Variables {
  return {
    ...(node_id ? { CAUSEWAY_NODE_ID: node_id.toLowerCase() } : {}),
    ...(node_meta === undefined ? {} : { CAUSEWAY_NODE_META: JSON.stringify(node_meta) }),
  };
}

/** As in Consul servers stay when they are stopped, and clients leave. */
function leaveVariables(settings: AgentSettings, isServer: boolean): Variables {
  const { leave_on_terminate = !isServer, skip_leave_on_interrupt = isServer } = settings;
  return {
    CAUSEWAY_LEAVE_ON_TERMINATE: String(leave_on_terminate),
    CAUSEWAY_SKIP_LEAVE_ON_INTERRUPT: String(skip_leave_on_interrupt),
  };
}

function catalogVariables({ reconnect_timeout }: AgentSettings): Variables {
  if (!reconnect_timeout) return {};
  const ms = Math.ceil(nanoseconds("reconnect_timeout", reconnect_timeout) / 1e6);
  return { CAUSEWAY_RECONNECT_TIMEOUT_MS: String(ms) };
}

function datacenterOf(key: string, given: string): string {
  const name = given.toLowerCase();
  if (!/^[a-z0-9_-]+$/.test(name)) {
    throw new CommandError(`${key} cannot be ${JSON.stringify(name)}. Please use only [a-z0-9-_]`);
  }
  return name;
}

function logLevel(given: string): string {
  const level = LOG_LEVELS[given.toLowerCase()];
  if (level === undefined) {
    throw new CommandError(`Invalid log level: ${given}. Valid log levels are: TRACE, DEBUG, INFO, WARN, ERR`);
  }
  return level;
}

/** Any time at all switches the format on; it is whole seconds, of which there must be one then. */
function retentionSeconds({ telemetry = {} }: AgentSettings): number {
  const given = telemetry.prometheus_retention_time ?? 0;
  return Math.ceil(nanoseconds("telemetry.prometheus_retention_time", given) / 1e9);
}

function nanoseconds(key: string, given: unknown): number {
  const ns = typeof given === "number" ? given : durationNs(String(given));
  if (ns === undefined) throw new CommandError(`${key}: invalid duration: ${JSON.stringify(given)}`);
  return ns;
}
