import type { Mirror, PathState, Paths } from "@causeway/bus";
import type { BUCKETS, FederationState, InstanceRecord } from "@causeway/model";
import { bestAddress, worstStatus } from "@causeway/routes";
import { atMost, type Metrics } from "@causeway/runtime";

/** As many as have a time series of their own. */
const MAX_DATACENTERS = 100;

/** Every datacenter that is known, by name. */
export function knownStates(mirror: Mirror<typeof BUCKETS.federation>): readonly FederationState[] {
  const states = [...mirror.entries()].map(([, { value }]) => value);
  return states.sort((a, b) => (a.Datacenter < b.Datacenter ? -1 : 1));
}

/** What the admin page shows of a datacenter: its gateways as others dial them, and whether it can be reached. */
export function inspected({ Datacenter, MeshGateways, UpdatedAt }: FederationState, path: PathState, nowMs: number) {
  return {
    datacenter: Datacenter,
    path,
    updatedAt: UpdatedAt,
    ageSeconds: Math.round((nowMs - Date.parse(UpdatedAt)) / 1_000),
    gateways: MeshGateways.map(inspectedGateway),
  };
}

function inspectedGateway(gateway: InstanceRecord) {
  const { address, port } = bestAddress(gateway, "wan");
  return {
    node: gateway.Node.Node,
    id: gateway.Service.ID,
    wan: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    health: worstStatus(gateway),
  };
}

/** Shows in the metrics which datacenters can be reached. */
export function measurePaths(
  metrics: Pick<Metrics, "observedGauge">,
  mirror: Mirror<typeof BUCKETS.federation>,
  paths: Pick<Paths, "state">,
): void {
  const description = "1 for a known datacenter whose heartbeat is heard, 0 for one whose is not.";
  const labels = { datacenter: atMost(MAX_DATACENTERS) };
  metrics.observedGauge("causeway_federation_path_open", { description, labels }, (observe) => {
    for (const { Datacenter } of knownStates(mirror)) {
      observe(paths.state(Datacenter) === "open" ? 1 : 0, { datacenter: Datacenter });
    }
  });
}
