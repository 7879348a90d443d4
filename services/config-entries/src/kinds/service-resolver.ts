import { FilterError, parseFilter } from "@causeway/bexpr";
import { durationNs, type ServiceResolverEntry } from "@causeway/model";
import type { Draft, KindRules } from "./kind.ts";

const TARGET = { Service: "text", ServiceSubset: "text", Namespace: "text" } as const;

/** How a service's name becomes instances. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/service-resolver */
export const serviceResolver: KindRules<"service-resolver"> = {
  kind: "service-resolver",
  shape: {
    DefaultSubset: "text",
    Subsets: { mapOf: { Filter: "text", OnlyPassing: "flag" } },
    Redirect: { object: { ...TARGET, Datacenter: "text" } },
    Failover: { mapOf: { ...TARGET, Datacenters: "texts" } },
    ConnectTimeout: "duration",
  },
  normalise: ({ ConnectTimeout, ...entry }) => ({
    ...entry,
    ...(ConnectTimeout === undefined || ConnectTimeout === "0s" ? {} : { ConnectTimeout }),
  }),
  earlyProblem: ({ Name }) => (Name === "" ? "Name is required" : undefined),
  problem: (entry) =>
    subsetsProblem(entry.Subsets ?? {}) ??
    defaultSubsetProblem(entry) ??
    redirectProblem(entry) ??
    failoverProblem(entry) ??
    timeoutProblem(entry.ConnectTimeout),
};

type Entry = Draft<"service-resolver">;

const SUBSET_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const MAX_SUBSET_NAME = 63;

function subsetsProblem(subsets: NonNullable<ServiceResolverEntry["Subsets"]>): string | undefined {
  for (const [name, { Filter = "" }] of Object.entries(subsets)) {
    if (name === "") return "Subset defined with empty name";
    if (name.length > MAX_SUBSET_NAME || !SUBSET_NAME.test(name)) {
      return `Subset "${name}" is invalid: must be 63 characters or fewer, begin or end with lower case alphanumeric characters, and contain lower case alphanumeric characters or '-' in between`;
    }
    const problem = Filter === "" ? undefined : filterProblem(Filter);
    if (problem !== undefined) return `Filter for subset "${name}" is not a valid expression: ${problem}`;
  }
  return undefined;
}

function filterProblem(filter: string): string | undefined {
  try {
    parseFilter(filter);
    return undefined;
  } catch (error) {
    if (error instanceof FilterError) return error.reason;
    throw error;
  }
}

function isSubset({ Subsets = {} }: Entry, name: string): boolean {
  return name === "" || name in Subsets;
}

function defaultSubsetProblem(entry: Entry): string | undefined {
  const name = entry.DefaultSubset ?? "";
  return isSubset(entry, name) ? undefined : `DefaultSubset "${name}" is not a valid subset`;
}

function redirectProblem(entry: Entry): string | undefined {
  const { Redirect, Failover = {} } = entry;
  if (Redirect === undefined) return undefined;
  if (Object.keys(Failover).length > 0) return "Redirect and Failover cannot both be set";
  const { Service = "", ServiceSubset = "", Namespace = "", Datacenter = "" } = Redirect;
  if (Service === entry.Name && !isSubset(entry, ServiceSubset)) {
    return `Redirect.ServiceSubset "${ServiceSubset}" is not a valid subset of "${entry.Name}"`;
  }
  if (Service !== "") return undefined;
  if (ServiceSubset !== "") return "Redirect.ServiceSubset defined without Redirect.Service";
  if (Namespace !== "") return "Redirect.Namespace defined without Redirect.Service";
  return Datacenter === "" ? "Redirect is empty" : undefined;
}

function failoverProblem(entry: Entry): string | undefined {
  for (const [subset, failover] of Object.entries(entry.Failover ?? {})) {
    if (subset !== "*" && !isSubset(entry, subset)) return `Bad Failover["${subset}"]: not a valid subset`;
    const { Service = "", ServiceSubset = "", Namespace = "", Datacenters = [] } = failover;
    if (Service === "" && ServiceSubset === "" && Namespace === "" && Datacenters.length === 0) {
      return `Bad Failover["${subset}"] one of Service, ServiceSubset, Namespace, or Datacenters is required`;
    }
    if (ServiceSubset !== "" && (Service === "" || Service === entry.Name) && !isSubset(entry, ServiceSubset)) {
      return `Bad Failover["${subset}"].ServiceSubset "${ServiceSubset}" is not a valid subset of "${Service || entry.Name}"`;
    }
    if (Datacenters.includes("")) return `Bad Failover["${subset}"].Datacenters: found empty datacenter`;
  }
  return undefined;
}

function timeoutProblem(timeout: string | undefined): string | undefined {
  return (durationNs(timeout ?? "") ?? 0) < 0 ? `Bad ConnectTimeout '${timeout}', must be >= 0` : undefined;
}
