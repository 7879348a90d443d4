import { compileFilter, FilterError, subsetFields } from "@causeway/bexpr";
import type { InstanceRecord, ResolverSubset, ServiceResolverEntry } from "@causeway/model";
import type { HealthRule } from "./instance-health.ts";

/** The instances that a service's name, or one subset's name, stands for. */
export type Subset =
  | { readonly kind: "known"; readonly covers: (instance: InstanceRecord) => boolean; readonly health: HealthRule }
  | { readonly kind: "unusable"; readonly reason: string };

const EVERY_INSTANCE: Subset = { kind: "known", covers: () => true, health: {} };

/**
 * Finds what the subset `name` of a service means; without a name, what the service's default subset means, or every instance when it
 * has none. Unusable when there is no such subset or its filter cannot be read.
 */
export function findSubset(resolver: ServiceResolverEntry | undefined, name = resolver?.DefaultSubset): Subset {
  if (name === undefined || name === "") return EVERY_INSTANCE;
  const subsets = resolver?.Subsets ?? {};
  const subset = Object.hasOwn(subsets, name) ? subsets[name] : undefined;
  return subset === undefined
    ? { kind: "unusable", reason: `service-resolver has no subset ${name}` }
    : usableSubset(name, subset);
}

/** What the definition of the subset `name` means, every instance when the name is empty; unusable when its filter cannot be read. */
export function usableSubset(name: string, subset: ResolverSubset): Subset {
  if (name === "") return EVERY_INSTANCE;
  const health = { onlyPassing: subset.OnlyPassing ?? false };
  try {
    const matches = compileFilter(subset.Filter ?? "", subsetFields);
    return { kind: "known", covers: (instance) => matches(filterable(instance)), health };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { kind: "unusable", reason: `the filter of subset ${name} cannot be used: ${error.reason}` };
  }
}

/** What a filter sees of an instance: the object that the health endpoints answer with. */
function filterable({ Node, Service, Checks, NodeChecks }: InstanceRecord): object {
  return { Node, Service, Checks: [...NodeChecks, ...Checks] };
}
