import type { CheckStatus, InstanceRecord } from "@causeway/model";

/** What an instance's checks say of the traffic that it gets. */
export type InstanceHealth = {
  readonly healthy: boolean;
  /** Share of the connections, 1 to 128. */
  readonly weight: number;
};

/** Whether a warning leaves an instance in use. */
export type HealthRule = { readonly onlyPassing?: boolean };

/** Consul's bound, which is Envoy's. */
const MAX_WEIGHT = 128;

/** The worst result among an instance's own checks and those of its node; passing when there is none. */
export function worstStatus({ Checks, NodeChecks }: Pick<InstanceRecord, "Checks" | "NodeChecks">): CheckStatus {
  let worst: CheckStatus = "passing";
  for (const { Status } of [...Checks, ...NodeChecks]) {
    if (Status === "critical") return "critical";
    if (Status === "warning") worst = "warning";
  }
  return worst;
}

/**
 * Says whether an instance gets traffic, and how much of it.
 *
 * A critical check takes it out, and so does a warning where only passing instances count. With a warning its share is
 * `Weights.Warning`, otherwise `Weights.Passing`; a share below 1 takes it out too.
 *
 * @see https://developer.hashicorp.com/consul/docs/services/configuration/services-configuration-reference#weights
 */
export function instanceHealth(instance: InstanceRecord, { onlyPassing = false }: HealthRule = {}): InstanceHealth {
  const status = worstStatus(instance);
  const { Passing, Warning } = instance.Service.Weights;
  const share = status === "warning" ? Warning : Passing;
  const inUse = status === "passing" || (status === "warning" && !onlyPassing);
  return { healthy: inUse && share >= 1, weight: Math.min(MAX_WEIGHT, Math.max(1, share)) };
}
