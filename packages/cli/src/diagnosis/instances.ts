import type { Check, Instance } from "./facts.ts";

/** Whether connections go to an instance, and why not. */
export type InstanceState =
  | { readonly kind: "healthy" }
  | { readonly kind: "maintenance"; readonly of: "node" | "service"; readonly reason: string }
  | { readonly kind: "critical"; readonly check: Check };

/** The state of an instance by its checks; a warning keeps it in use. */
export function stateOf({ Checks }: Instance): InstanceState {
  const critical = (Checks ?? []).filter(({ Status }) => Status === "critical");
  const maintenance = critical.find(({ CheckID }) => /^_(node|service)_maintenance/.test(CheckID));
  if (maintenance !== undefined) {
    const of = maintenance.CheckID.startsWith("_node") ? "node" : "service";
    return { kind: "maintenance", of, reason: maintenance.Notes ?? "" };
  }
  const [check] = critical;
  return check === undefined ? { kind: "healthy" } : { kind: "critical", check };
}

/** Those that connections go to. */
export function healthy(instances: readonly Instance[]): readonly Instance[] {
  return instances.filter((instance) => stateOf(instance).kind === "healthy");
}

/** Why connections do not go to an instance, in words; "" when they do. */
export function troubleOf(instance: Instance): string {
  const state = stateOf(instance);
  switch (state.kind) {
    case "healthy":
      return "";
    case "maintenance": {
      const why = state.reason === "" ? "" : ` (${state.reason})`;
      return `${nameOf(instance)} is in maintenance${why}`;
    }
    case "critical": {
      const { Name, CheckID, Output } = state.check;
      const output = Output.trim().split("\n")[0] ?? "";
      return `${nameOf(instance)} is critical by its check "${Name || CheckID}"${output === "" ? "" : `: ${output}`}`;
    }
  }
}

/** An instance as people are told of it. */
export function nameOf({ Service, Node }: Instance): string {
  return `${Service.ID} on node ${Node.Node}`;
}

/** Where an instance is reached within its datacenter. */
export function addressOf({ Service, Node }: Instance): string {
  return hostPort(Service.Address || Node.Address, Service.Port);
}

/** Where an instance is reached from other datacenters. */
export function wanAddressOf(instance: Instance): string {
  const wan = instance.Service.TaggedAddresses?.["wan"];
  return wan === undefined ? addressOf(instance) : hostPort(wan.Address, wan.Port);
}

/** `host:port`, an IPv6 address in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** "1 instance", "2 instances". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
