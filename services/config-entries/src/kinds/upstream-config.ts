import {
  errorList,
  type ServiceDefaultsEntry,
  type UpstreamDefaults,
  type UpstreamOverride,
  type WeakField,
} from "@causeway/model";
import { unknownMode, unknownProtocol } from "./unknown-value.ts";

/** How one service calls others: all of them, and some of them by name. */
type UpstreamConfig = NonNullable<ServiceDefaultsEntry["UpstreamConfig"]>;

const SETTINGS = {
  Name: "text",
  EnvoyListenerJSON: "text",
  EnvoyClusterJSON: "text",
  Protocol: "text",
  ConnectTimeoutMs: "integer",
  Limits: {
    object: { MaxConnections: "integer", MaxPendingRequests: "integer", MaxConcurrentRequests: "integer" },
  },
  PassiveHealthCheck: {
    object: {
      Interval: "nanoseconds",
      MaxFailures: "integer",
      EnforcingConsecutive5xx: "integer",
      MaxEjectionPercent: "integer",
      BaseEjectionTime: "nanoseconds",
    },
  },
  MeshGateway: { object: { Mode: "text" } },
  BalanceOutboundConnections: "text",
} as const;

/** How `UpstreamConfig` is written. */
export const UPSTREAM_CONFIG: WeakField = {
  object: { Overrides: { listOf: { ...SETTINGS, Peer: "text" } }, Defaults: { object: SETTINGS } },
};

/** `UpstreamConfig` in canonical form; the name that defaults must not have is kept for `upstreamConfigProblem` to refuse. */
export function normalisedUpstreamConfig({ Overrides = [], Defaults }: UpstreamConfig): UpstreamConfig {
  return {
    ...(Overrides.length === 0 ? {} : { Overrides: Overrides.map(normalisedOverride) }),
    ...(Defaults === undefined ? {} : { Defaults: normalised(Defaults) }),
  };
}

function normalisedOverride({ Peer, ...settings }: UpstreamOverride): UpstreamOverride {
  return { ...normalised(settings), Name: settings.Name ?? "", ...(Peer ? { Peer } : {}) };
}

/** Without what says nothing. A limit or a percentage of 0 says something. */
function normalised(settings: UpstreamDefaults): UpstreamDefaults {
  const { Protocol = "", ConnectTimeoutMs = 0, PassiveHealthCheck, MeshGateway, ...rest } = settings;
  const said = Object.entries(rest).filter(([, value]) => value !== "");
  return {
    ...Object.fromEntries(said),
    ...(Protocol === "" ? {} : { Protocol: Protocol.toLowerCase() }),
    ...(ConnectTimeoutMs > 0 ? { ConnectTimeoutMs } : {}),
    ...(PassiveHealthCheck === undefined ? {} : { PassiveHealthCheck: normalisedCheck(PassiveHealthCheck) }),
    MeshGateway: MeshGateway?.Mode ? { Mode: MeshGateway.Mode } : {},
  };
}

type PassiveHealthCheck = NonNullable<UpstreamDefaults["PassiveHealthCheck"]>;

function normalisedCheck({ Interval = 0, MaxFailures = 0, ...rest }: PassiveHealthCheck): PassiveHealthCheck {
  return { ...(Interval === 0 ? {} : { Interval }), ...(MaxFailures === 0 ? {} : { MaxFailures }), ...rest };
}

/** Everything that is wrong with it, in Consul's words. */
export function upstreamConfigProblems({ Overrides = [], Defaults }: UpstreamConfig): readonly string[] {
  const overrides = Overrides.flatMap((override) => {
    const problem = overrideProblem(override);
    return problem === undefined ? [] : [`error in upstream override for ${label(override)}: ${problem}`];
  });
  const problem = Defaults && defaultsProblem(Defaults);
  return problem === undefined ? overrides : [...overrides, `error in upstream defaults: ${problem}`];
}

/** An override as Consul names it: the service, a colon, and the peer if any; without a service there is but the colon. */
function label({ Name, Peer = "" }: UpstreamOverride): string {
  return Name === "" ? ":" : `${Name}:${Peer}`;
}

function overrideProblem(override: UpstreamOverride): string | undefined {
  if (override.Name === "") return "Name is required";
  if (override.Name === "*") return "Wildcard name is not supported";
  return settingsProblem(override);
}

function defaultsProblem(defaults: UpstreamDefaults & { readonly Name?: string }): string | undefined {
  return defaults.Name ? "Name must be empty" : settingsProblem(defaults);
}

function settingsProblem({
  PassiveHealthCheck = {},
  Limits = {},
  BalanceOutboundConnections: balance = "",
}: UpstreamDefaults): string | undefined {
  const problems = [passiveProblem(PassiveHealthCheck), limitsProblem(Limits)].filter((one) => one !== undefined);
  if (balance !== "" && balance !== "exact_balance") {
    problems.push(`invalid value for balance_outbound_connections: ${balance}`);
  }
  return problems.length === 0 ? undefined : errorList(problems);
}

function passiveProblem(check: PassiveHealthCheck): string | undefined {
  const { Interval = 0, MaxFailures = 0, EnforcingConsecutive5xx, MaxEjectionPercent, BaseEjectionTime = 0 } = check;
  const percentage = "must be a percentage between 0 and 100";
  if (Interval < 0) return "passive health check interval cannot be negative";
  if (MaxFailures < 0) return "passive health check max_failures cannot be negative";
  if (!isPercentage(EnforcingConsecutive5xx)) return `passive health check enforcing_consecutive_5xx ${percentage}`;
  if (!isPercentage(MaxEjectionPercent)) return `passive health check max_ejection_percent ${percentage}`;
  return BaseEjectionTime < 0 ? "passive health check base_ejection_time cannot be negative" : undefined;
}

function isPercentage(value = 0): boolean {
  return value >= 0 && value <= 100;
}

function limitsProblem(limits: NonNullable<UpstreamDefaults["Limits"]>): string | undefined {
  const { MaxConnections = 0, MaxPendingRequests = 0, MaxConcurrentRequests = 0 } = limits;
  if (MaxConnections < 0) return "max connections cannot be negative";
  if (MaxPendingRequests < 0) return "max pending requests cannot be negative";
  return MaxConcurrentRequests < 0 ? "max concurrent requests cannot be negative" : undefined;
}

/** Settings that are kept, so that an entry can be read back, and that no proxy here follows. */
const WITHOUT_EFFECT = [
  "EnvoyListenerJSON",
  "EnvoyClusterJSON",
  "Limits",
  "PassiveHealthCheck",
  "BalanceOutboundConnections",
] as const;

/** What in it is legal, and is not followed or means nothing. */
export function upstreamConfigWarnings({ Overrides = [], Defaults }: UpstreamConfig): readonly string[] {
  const all: readonly (readonly [string, UpstreamDefaults])[] = [
    ...Overrides.map((override) => [`Overrides for "${override.Name}"`, override] as const),
    ...(Defaults === undefined ? [] : [["Defaults", Defaults] as const]),
  ];
  return all.flatMap(([place, settings]) => [
    ...WITHOUT_EFFECT.filter((field) => settings[field] !== undefined).map(
      (field) => `UpstreamConfig.${place}: ${field} is kept and has no effect`,
    ),
    ...[...unknownProtocol(settings.Protocol ?? ""), ...unknownMode(settings.MeshGateway?.Mode)].map(
      (warning) => `UpstreamConfig.${place}: ${warning}`,
    ),
  ]);
}
