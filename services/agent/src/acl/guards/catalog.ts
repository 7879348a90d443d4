import { isDeepStrictEqual } from "node:util";
import type { CatalogNode } from "@causeway/model";
import { empty } from "../../http/endpoint.ts";
import type { RegisterBody } from "../../shapes/catalog-shapes.ts";
import { DeregisterShape, RegisterShape } from "../../shapes/catalog-shapes.ts";
import { readBody } from "../asked-body.ts";
import { type Asker, type Guard, type Guards, needs, requirePermission, rest } from "../guard.ts";
import {
  isJson,
  onlyWhat,
  type Sees,
  seesCheck,
  seesInstance,
  seesLink,
  seesNamedService,
  seesNode,
  seesServiceNode,
  textAt,
  visiblePart,
} from "../visible.ts";

const seen = (sees: Sees): Guard => ({ filter: onlyWhat(sees), asQuery: true });

/** What of the catalog and of health may be seen, and who may write it. */
export const catalogGuards: Guards = {
  "/v1/catalog/datacenters": "open",
  "/v1/catalog/nodes": seen(seesNode),
  "/v1/catalog/services": {
    filter: (value, { authorizer }) => visiblePart(value, (_tags, name) => authorizer.may("service:read", name)),
    asQuery: true,
  },
  "/v1/catalog/service/": seen(seesServiceNode),
  "/v1/catalog/connect/": seen(seesServiceNode),
  "/v1/catalog/node/": { filter: nodeWithServices, asQuery: true },
  "/v1/catalog/node-services/": { filter: nodeWithServices, asQuery: true },
  "/v1/catalog/gateway-services/": { ...needs("service:read", rest), filter: onlyWhat(seesLink), asQuery: true },
  "/v1/catalog/register": { admit: register },
  "/v1/catalog/deregister": { admit: deregister },
  "/v1/health/node/": seen(seesCheck),
  "/v1/health/checks/": seen(seesCheck),
  "/v1/health/state/": seen(seesCheck),
  "/v1/health/service/": seen(seesInstance),
  "/v1/health/connect/": seen(seesInstance),
  "/v1/health/ingress/": seen(seesInstance),
  "/v1/internal/ui/services": seen(seesNamedService),
  "/v1/internal/ui/nodes": { filter: nodeInfos, asQuery: true },
  "/v1/internal/ui/node/": {
    filter: oneNodeInfo,
    hidden: (answer, value) => (value === undefined ? empty(404, answer.headers) : answer),
    asQuery: true,
  },
  "/v1/internal/ui/catalog-overview": { ...needs("operator:read"), asQuery: true },
  "/v1/internal/ui/service-topology/": { ...needs("service:read", rest), filter: neighbours, asQuery: true },
  "/v1/internal/ui/gateway-services-nodes/": {
    ...needs("service:read", rest),
    filter: onlyWhat(seesNamedService),
    asQuery: true,
  },
};

/** A node that may not be seen is null, as one that is not there. */
function nodeWithServices(value: unknown, { authorizer }: Asker): unknown {
  if (!isJson(value)) return value;
  const { Node, Services } = value;
  if (Node !== null && !seesNode(Node, authorizer)) return null;
  const shown = visiblePart(Services, (service) => authorizer.may("service:read", textAt(service, "Service")));
  return shown === Services ? value : { ...value, Services: shown };
}

function nodeInfos(value: unknown, { authorizer }: Asker): unknown {
  const nodes = visiblePart(value, (node) => seesNode(node, authorizer));
  if (!Array.isArray(nodes)) return nodes;
  const whole = nodes.map((node: unknown) => {
    if (!isJson(node)) return node;
    const Services = visiblePart(node["Services"], (one) => authorizer.may("service:read", textAt(one, "Service")));
    const Checks = visiblePart(node["Checks"], (check) => seesCheck(check, authorizer));
    return Services === node["Services"] && Checks === node["Checks"] ? node : { ...node, Services, Checks };
  });
  return whole.every((node, at) => node === nodes[at]) ? nodes : whole;
}

/** A node that may not be seen is undefined, as one that is not there. */
function oneNodeInfo(value: unknown, asker: Asker): unknown {
  const shown = nodeInfos([value], asker);
  return Array.isArray(shown) ? shown[0] : undefined;
}

/** The answer says that it does not name everyone. */
function neighbours(value: unknown, { authorizer }: Asker): unknown {
  if (!isJson(value)) return value;
  const shown = (part: unknown) => visiblePart(part, (one) => seesNamedService(one, authorizer));
  const [Upstreams, Downstreams] = [shown(value["Upstreams"]), shown(value["Downstreams"])];
  if (Upstreams === value["Upstreams"] && Downstreams === value["Downstreams"]) return value;
  return { ...value, Upstreams, Downstreams, FilteredByACLs: true };
}

/** A node may be named by whoever registers a service on it, as long as what is said of the node is nothing new. */
function register(asker: Asker): void {
  const body = readBody(asker.request.body, RegisterShape);
  if (body === undefined) return;
  const { Node = "", Service, Check, Checks = [] } = body;
  const { view } = asker.agent.catalog;
  if (changesNode(body, view.node(Node)?.Node)) requirePermission(asker, "node:write", Node);
  const onNode = view.instancesOn(Node);
  const nameOf = (id: string) => onNode.find((instance) => instance.Service.ID === id)?.Service.Service;
  if (Service !== undefined) {
    const { Service: name = "", ID = "", Kind, Proxy: proxy } = Service;
    requirePermission(asker, "service:write", name);
    // Neither may another service be written over.
    requirePermission(asker, "service:write", nameOf(ID || name) ?? name);
    // A proxy stands for its destination.
    if (Kind === "connect-proxy") requirePermission(asker, "service:write", proxy?.DestinationServiceName ?? "");
  }
  for (const { ServiceID = "", Node: of = "" } of [...Checks, ...(Check === undefined ? [] : [Check])]) {
    if (of !== "" && of !== Node) requirePermission(asker, "node:write", of);
    const own = Service !== undefined && ServiceID === (Service.ID || Service.Service) ? Service.Service : undefined;
    const service = ServiceID === "" ? undefined : (own ?? nameOf(ServiceID));
    if (service === undefined) requirePermission(asker, "node:write", Node);
    else requirePermission(asker, "service:write", service);
  }
}

function changesNode(body: RegisterBody, known: CatalogNode | undefined): boolean {
  if (body.SkipNodeUpdate === true && known !== undefined) return false;
  if (known === undefined) return true;
  const { ID = "", Address = "", NodeMeta = {}, TaggedAddresses = {} } = body;
  const asKnown = [known.ID, known.Address, known.Meta ?? {}, known.TaggedAddresses ?? {}];
  return !isDeepStrictEqual([ID || known.ID, Address, NodeMeta, TaggedAddresses], asKnown);
}

/** Whoever may write a node may take away all that is on it. */
function deregister(asker: Asker): void {
  const body = readBody(asker.request.body, DeregisterShape);
  if (body === undefined) return;
  const { Node = "", ServiceID = "", CheckID = "" } = body;
  if (asker.authorizer.may("node:write", Node)) return;
  const onNode = asker.agent.catalog.view.instancesOn(Node);
  const checked = (instance: (typeof onNode)[number]) => instance.Checks.some((check) => check.CheckID === CheckID);
  const found = onNode.find((one) =>
    ServiceID === "" ? CheckID !== "" && checked(one) : one.Service.ID === ServiceID,
  );
  if (found === undefined) requirePermission(asker, "node:write", Node);
  else requirePermission(asker, "service:write", found.Service.Service);
}
