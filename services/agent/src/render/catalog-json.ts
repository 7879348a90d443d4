import type {
  CatalogCheck,
  CatalogNode,
  CatalogService,
  GatewayServiceRecord,
  InstanceRecord,
  ServiceProxy,
} from "@causeway/model";

/** JSON as Consul's Go encoder would write it: an object whose empty fields are there or not as Consul's are. */
export type Json = Readonly<Record<string, unknown>>;

/** A node. */
export function nodeJson({
  ID,
  Node,
  Address,
  Datacenter,
  TaggedAddresses,
  Meta,
  CreateIndex,
  ModifyIndex,
}: CatalogNode): Json {
  return { ID, Node, Address, Datacenter, TaggedAddresses, Meta, CreateIndex, ModifyIndex };
}

/** A service instance by itself. */
export function serviceJson(service: CatalogService): Json {
  return {
    ...kept({ Kind: service.Kind }),
    ID: service.ID,
    Service: service.Service,
    Tags: service.Tags,
    Address: service.Address,
    ...kept({ TaggedAddresses: service.TaggedAddresses, SocketPath: service.SocketPath }),
    Meta: service.Meta,
    Port: service.Port,
    Weights: service.Weights,
    EnableTagOverride: service.EnableTagOverride,
    Proxy: proxyJson(service.Proxy),
    Connect: connectJson(service),
    CreateIndex: service.CreateIndex,
    ModifyIndex: service.ModifyIndex,
  };
}

/** A service instance and its node in one flat object. */
export function serviceNodeJson({ Node: node, Service: service }: InstanceRecord): Json {
  return {
    ID: node.ID,
    Node: node.Node,
    Address: node.Address,
    Datacenter: node.Datacenter,
    TaggedAddresses: node.TaggedAddresses,
    NodeMeta: node.Meta,
    ServiceKind: service.Kind,
    ServiceID: service.ID,
    ServiceName: service.Service,
    ServiceTags: service.Tags,
    ServiceAddress: service.Address,
    ...kept({ ServiceTaggedAddresses: service.TaggedAddresses, ServiceSocketPath: service.SocketPath }),
    ServiceWeights: service.Weights,
    ServiceMeta: service.Meta ?? {},
    ServicePort: service.Port,
    ServiceEnableTagOverride: service.EnableTagOverride,
    ServiceProxy: proxyJson(service.Proxy),
    ServiceConnect: connectJson(service),
    CreateIndex: service.CreateIndex,
    ModifyIndex: service.ModifyIndex,
  };
}

/** A service instance with its node and all checks that speak for it. */
export function checkServiceNodeJson({ Node, Service, Checks, NodeChecks }: InstanceRecord): Json {
  const checks = [...inOrder(NodeChecks), ...inOrder(Checks)].map(checkJson);
  return { Node: nodeJson(Node), Service: serviceJson(Service), Checks: checks };
}

/** A health check. */
export function checkJson(check: CatalogCheck): Json {
  const { Node, CheckID, Name, Status, Notes, Output, ServiceID, ServiceName, ServiceTags, Type, Definition } = check;
  const { CreateIndex, ModifyIndex } = check;
  const service = { ServiceID, ServiceName, ServiceTags };
  return { Node, CheckID, Name, Status, Notes, Output, ...service, Type, Definition, CreateIndex, ModifyIndex };
}

/** A service that a gateway represents; its slot is no affair of clients. */
export function gatewayServiceJson(link: GatewayServiceRecord): Json {
  const { Gateway, Service, GatewayKind, Slot: _slot, CreateIndex, ModifyIndex, ...more } = link;
  return {
    Gateway: { Name: Gateway },
    Service: { Name: Service },
    GatewayKind,
    ...kept(more),
    CreateIndex,
    ModifyIndex,
  };
}

/** What makes an instance a proxy; the two objects at its end are there even when they say nothing. */
export function proxyJson({ MeshGateway, Expose, Upstreams, ...proxy }: ServiceProxy): Json {
  return {
    ...kept(proxy),
    ...kept({ Upstreams: Upstreams?.map(upstreamJson) }),
    MeshGateway: kept({ Mode: MeshGateway?.Mode }),
    Expose: kept({ Checks: Expose?.Checks, Paths: Expose?.Paths?.map(exposedPathJson) }),
  };
}

type Upstream = NonNullable<ServiceProxy["Upstreams"]>[number];
type ExposedPath = NonNullable<NonNullable<ServiceProxy["Expose"]>["Paths"]>[number];

function upstreamJson({ DestinationType, MeshGateway, ...upstream }: Upstream): Json {
  return {
    DestinationType: DestinationType ?? "service",
    ...kept(upstream),
    MeshGateway: kept({ Mode: MeshGateway?.Mode }),
  };
}

/** A path that is exposed; "ParsedFromCheck" tells whether a health check asked for it. */
export function exposedPathJson(path: ExposedPath): Json {
  return { ParsedFromCheck: false, ...kept(path) };
}

function connectJson({ Connect }: CatalogService): Json {
  return kept({ Native: Connect.Native });
}

function inOrder(checks: readonly CatalogCheck[]): readonly CatalogCheck[] {
  return checks.toSorted((a, b) => (a.CheckID < b.CheckID ? -1 : 1));
}

/** The fields that say something: what Go leaves out of JSON as "omitempty" is left out. */
export function kept(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isZero(value)));
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
