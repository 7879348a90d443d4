import type { LocalCheck, LocalService } from "./local-service.ts";
import type { LocalState } from "./local-state.ts";

/** The check by which a whole node is in maintenance. */
export const NODE_MAINTENANCE = "_node_maintenance";

const SERVICE_PREFIX = "_service_maintenance:";

const DEFAULT_REASON = {
  node: "Maintenance mode is enabled for this node, but no reason was provided. This is a default message.",
  service: "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.",
} as const;

/** The check by which a service instance is in maintenance. */
export function serviceMaintenance(serviceId: string): string {
  return `${SERVICE_PREFIX}${serviceId}`;
}

/** True of a check that stands for maintenance, whatever its status. */
export function isMaintenance(checkId: string): boolean {
  return checkId === NODE_MAINTENANCE || checkId.startsWith(SERVICE_PREFIX);
}

/**
 * Puts a node, or one service on it, into maintenance by a critical check that stays until it is taken away; who is in maintenance
 * already keeps the first reason. An empty `reason` becomes Consul's default text. The catalog is told of it by `token`, "" for none.
 *
 * @see https://developer.hashicorp.com/consul/commands/maint
 */
export function beginMaintenance(
  state: LocalState,
  node: string,
  service: LocalService | undefined,
  reason: string,
  token: string,
): void {
  const check = maintenanceCheck(node, service, reason);
  if (!state.checks.has(check.check.CheckID)) state.registerCheck(check, token);
}

/** Ends the maintenance of a service, or of the node when there is none; who is in none stays so. */
export function endMaintenance(state: LocalState, service: LocalService | undefined): void {
  state.deregisterCheck(service === undefined ? NODE_MAINTENANCE : serviceMaintenance(service.ID));
}

function maintenanceCheck(node: string, service: LocalService | undefined, reason: string): LocalCheck {
  const what = service === undefined ? "node" : "service";
  return {
    check: {
      Node: node,
      CheckID: service === undefined ? NODE_MAINTENANCE : serviceMaintenance(service.ID),
      Name: service === undefined ? "Node Maintenance Mode" : "Service Maintenance Mode",
      Status: "critical",
      Notes: reason || DEFAULT_REASON[what],
      Output: "",
      ServiceID: service?.ID ?? "",
      ServiceName: service?.Service ?? "",
      ServiceTags: [...(service?.Tags ?? [])],
      Type: "maintenance",
      Definition: {},
    },
    method: { kind: "maintenance" },
    successBeforePassing: 0,
    failuresBeforeWarning: 0,
    failuresBeforeCritical: 0,
    deregisterAfterMs: 0,
  };
}
