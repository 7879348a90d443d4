/** How a datacenter is reached, as the agent tells of it: the part that is shown. */
export type FederationState = {
  readonly Datacenter: string;
  /** Absent when it has none. */
  readonly MeshGateways?: readonly GatewayInstance[];
  /** RFC 3339. */
  readonly UpdatedAt: string;
};

type Place = { readonly Address: string; readonly TaggedAddresses?: TaggedAddresses };
type TaggedAddresses = Readonly<Record<string, string | { readonly Address: string; readonly Port: number }>> | null;

type GatewayInstance = {
  readonly Node: Place & { readonly Node: string };
  readonly Service: Place & { readonly ID: string; readonly Port: number };
  readonly Checks: readonly { readonly Status: string }[] | null;
};

/** What is known besides the states. */
export type Surroundings = {
  readonly ownDatacenter: string;
  readonly primaryDatacenter: string;
  /** Datacenters of which an answer can be had. */
  readonly reachable: ReadonlySet<string>;
  readonly nowMs: number;
};

/** A heading, then a row for each mesh gateway; a datacenter without any has a row too. */
export function federationRows(states: readonly FederationState[], surroundings: Surroundings): readonly string[][] {
  const rows = states.flatMap((state) => {
    const gateways = state.MeshGateways ?? [];
    const start = startOf(state, surroundings);
    const age = ageOf(state.UpdatedAt, surroundings.nowMs);
    if (gateways.length === 0) return [[...start, "none", "-", "-", age]];
    return gateways.map((gateway) => [...start, nameOf(gateway), wanAddressOf(gateway), healthOf(gateway), age]);
  });
  return [["Datacenter", "Path", "Mesh gateway", "WAN address", "Health", "Published"], ...rows];
}

function startOf({ Datacenter }: FederationState, surroundings: Surroundings): [string, string] {
  const { ownDatacenter, primaryDatacenter, reachable } = surroundings;
  const path = Datacenter === ownDatacenter ? "here" : reachable.has(Datacenter) ? "open" : "none";
  return [Datacenter === primaryDatacenter ? `${Datacenter} (primary)` : Datacenter, path];
}

function nameOf({ Node, Service }: GatewayInstance): string {
  return `${Service.ID} on ${Node.Node}`;
}

/** Where others dial: the WAN address of the gateway, or else the best that is known of it and of its node. */
function wanAddressOf({ Node, Service }: GatewayInstance): string {
  const wan = Service.TaggedAddresses?.["wan"];
  if (wan !== undefined && typeof wan !== "string") return place(wan.Address, wan.Port);
  const nodeWan = Node.TaggedAddresses?.["wan"];
  return place(Service.Address || (typeof nodeWan === "string" ? nodeWan : Node.Address), Service.Port);
}

function place(address: string, port: number): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** From the worst to the best. */
const STATUSES = ["critical", "warning", "passing"];

/** The worst of its checks; without any it is passing, as for whoever dials it. */
function healthOf({ Checks }: GatewayInstance): string {
  const ranks = (Checks ?? []).map(({ Status }) => Math.max(0, STATUSES.indexOf(Status)));
  return STATUSES[Math.min(STATUSES.length - 1, ...ranks)] ?? "";
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

function ageOf(time: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(time)) / 1_000));
  const [unit, length] = UNITS.find(([, each]) => seconds >= each) ?? ["s", 1];
  return `${Math.floor(seconds / length)}${unit} ago`;
}
