import type {
  Action,
  CatalogCheck,
  CatalogNode,
  CatalogService,
  CheckStatus,
  ConfigEntry,
  DestinationIntentions,
  GatewayServiceRecord,
  InstanceRecord,
  ServiceResolverEntry,
} from "@causeway/model";
import type { ChainEntries } from "./discovery-chain/chain-entries.ts";

const INDEXES = { CreateIndex: 0, ModifyIndex: 0 };

/** What a test says of an instance; all else is as a plain registration makes it. */
export type InstanceFacts = Partial<Omit<CatalogService, "Service">> & {
  readonly Service: string;
  readonly Node?: Partial<CatalogNode>;
  readonly Checks?: readonly CheckStatus[];
  readonly NodeChecks?: readonly CheckStatus[];
};

/** A catalog record of one instance, for tests: on the node `node1` at 10.0.0.1 unless said. */
export function instanceRecord({ Node, Checks = [], NodeChecks = [], ...service }: InstanceFacts): InstanceRecord {
  const node: CatalogNode = {
    ID: "",
    Node: "node1",
    Address: "10.0.0.1",
    Datacenter: "dc1",
    TaggedAddresses: null,
    Meta: null,
    ...INDEXES,
    ...Node,
  };
  const Service: CatalogService = {
    Kind: "",
    ID: service.Service,
    Tags: [],
    Address: "",
    Port: 8080,
    Meta: null,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: {},
    Connect: {},
    ...INDEXES,
    ...service,
  };
  const check = (serviceId: string) => (status: CheckStatus, at: number) =>
    checkRecord({ Node: node.Node, ServiceID: serviceId, CheckID: `check${at}`, Status: status });
  return { Node: node, Service, Checks: Checks.map(check(Service.ID)), NodeChecks: NodeChecks.map(check("")) };
}

function checkRecord(facts: Pick<CatalogCheck, "Node" | "ServiceID" | "CheckID" | "Status">): CatalogCheck {
  return {
    Name: "",
    Notes: "",
    Output: "",
    ServiceName: "",
    ServiceTags: [],
    Type: "",
    Definition: {},
    ...INDEXES,
    ...facts,
  };
}

/** A gateway's link to a service, for tests. */
export function linkRecord(
  Gateway: string,
  Service: string,
  tls: Partial<GatewayServiceRecord> = {},
): GatewayServiceRecord {
  return { Gateway, Service, GatewayKind: "terminating-gateway", ...INDEXES, ...tls };
}

/** A destination's intentions by the name of the source, for tests. */
export function intentionsFor(Name: string, sources: Readonly<Record<string, Action>>): DestinationIntentions {
  const Sources = Object.entries(sources).map(([source, action]) => ({
    ID: `${source}-${Name}`,
    Name: source,
    Action: action,
    Description: "",
    Meta: {},
    CreatedAt: "2026-01-01T00:00:00Z",
    UpdatedAt: "2026-01-01T00:00:00Z",
    ...INDEXES,
  }));
  return { Name, Sources, Meta: {}, ...INDEXES };
}

/** A service-resolver entry, for tests. */
export function resolverEntry(Name: string, facts: Partial<ServiceResolverEntry>): ServiceResolverEntry {
  return { Kind: "service-resolver", Name, ...INDEXES, ...facts };
}

/** A config entry of any kind as it is before it is stored. */
export type EntryFacts = ConfigEntry extends infer Entry
  ? Entry extends ConfigEntry
    ? Omit<Entry, "CreateIndex" | "ModifyIndex">
    : never
  : never;

/** Config entries in any order, as a compilation looks them up, for tests. */
export function chainEntries(entries: readonly EntryFacts[]): ChainEntries {
  return { get: (kind, name) => entries.find(({ Kind, Name }) => Kind === kind && Name === name) as never };
}
