import type { Authorizer } from "@causeway/policy";
import { intentionName } from "../../endpoints/intention-names.ts";
import { any, mapOf } from "../../http/go-shape.ts";
import { IntentionShape } from "../../shapes/intention-shape.ts";
import { denied } from "../acl.ts";
import { readBody, textsBelow, textsNamed } from "../asked-body.ts";
import { type Asker, type Guards, needs, requirePermission, rest } from "../guard.ts";
import { onlyWhat, type Sees, seesInstance, seesIntention, textAt } from "../visible.ts";

const seesEntry: Sees = (entry, may) => mayReadEntry(may, textAt(entry, "Kind"), textAt(entry, "Name"));

/** Who may see and change what makes the mesh: config entries, intentions, its certificate authority. */
export const meshGuards: Guards = {
  "/v1/config": { PUT: { admit: writeEntry } },
  "/v1/config/": { GET: { admit: readEntry, filter: onlyWhatIsListed }, DELETE: { admit: deleteEntry } },
  "/v1/discovery-chain/": { ...needs("service:read", rest), asQuery: true },
  "/v1/connect/ca/roots": "open",
  "/v1/connect/ca/configuration": { GET: needs("operator:read"), PUT: needs("operator:write") },
  "/v1/connect/ca/seal-key": needs("operator:write"),
  "/v1/connect/intentions": {
    GET: { filter: onlyWhat(seesIntention), asQuery: true },
    POST: { admit: (asker) => writeIntention(asker) },
  },
  "/v1/connect/intentions/match": { admit: matchIntentions },
  "/v1/connect/intentions/check": needs("service:read", named("destination")),
  "/v1/connect/intentions/explain": needs("intention:read", named("destination")),
  "/v1/connect/intentions/exact": {
    GET: { admit: readPair },
    PUT: needs("intention:write", named("destination")),
    DELETE: needs("intention:write", named("destination")),
  },
  "/v1/connect/intentions/": {
    GET: { admit: readById },
    PUT: { admit: writeById },
    DELETE: { admit: writeById },
  },
  "/v1/internal/ui/gateway-intentions/": {
    ...needs("service:read", rest),
    filter: onlyWhat(seesIntention),
    asQuery: true,
  },
  "/v1/peering/token": needs("peering:write"),
  "/v1/peering/establish": needs("peering:write"),
  "/v1/peering/": { GET: needs("peering:read"), DELETE: needs("peering:write") },
  "/v1/peerings": needs("peering:read"),
  "/v1/exported-services": needs("mesh:read"),
  "/v1/internal/ui/exported-services": needs("mesh:read"),
  "/v1/internal/ui/metrics-proxy/": "open",
  "/v1/internal/federation-states": needs("operator:read"),
  "/v1/internal/federation-states/mesh-gateways": {
    filter: (value, asker) => {
      const lists = Object.entries(value as object).map(([datacenter, gateways]) => {
        return [datacenter, onlyWhat(seesInstance)(gateways, asker), gateways] as const;
      });
      const all = lists.every(([, shown, gateways]) => shown === gateways);
      return all ? value : Object.fromEntries(lists.map(([datacenter, shown]) => [datacenter, shown]));
    },
  },
  "/v1/internal/federation-state/": needs("operator:read"),
  "/v1/internal/proxy/": { admit: lookIntoProxy },
};

/** Whoever may register a proxy could run it, and so sees what it tells; operators see all of them. */
function lookIntoProxy({ authorizer, request }: Asker): void {
  const service = request.query.get("service") ?? "";
  if (authorizer.may("operator:read") || authorizer.may("service:write", service)) return;
  throw denied(`service:write on ${service}, or operator:read`);
}

/** The service that a parameter of the query names, read as the endpoint reads it. */
function named(parameter: string): (asker: Asker) => string {
  return ({ request }) => intentionName(request.query.get(parameter) ?? "", parameter).name;
}

/** Kinds about one service; the rest are about the mesh as a whole. */
const OF_A_SERVICE = ["service-defaults", "service-resolver", "service-router", "service-splitter"];
const OF_A_GATEWAY = ["terminating-gateway", "ingress-gateway"];

/** Kinds that lead to other services, which whoever writes them must be allowed to find. */
const LEADING_ON = ["service-resolver", "service-router", "service-splitter"];

function mayReadEntry(authorizer: Authorizer, kind: string, name: string): boolean {
  if (kind === "service-intentions") return authorizer.may("intention:read", name);
  const ofOne = OF_A_SERVICE.includes(kind) || OF_A_GATEWAY.includes(kind);
  return !ofOne || authorizer.may("service:read", name);
}

function mayWriteEntry(authorizer: Authorizer, kind: string, name: string): boolean {
  if (kind === "service-intentions") return authorizer.may("intention:write", name);
  if (kind === "mesh") return authorizer.may("mesh:write");
  return OF_A_SERVICE.includes(kind) ? authorizer.may("service:write", name) : authorizer.may("operator:write");
}

function kindAndName({ request }: Asker): readonly [kind: string, name: string] {
  const slash = request.rest.indexOf("/");
  return slash === -1 ? [request.rest, ""] : [request.rest.slice(0, slash), request.rest.slice(slash + 1)];
}

function readEntry(asker: Asker): void {
  const [kind, name] = kindAndName(asker);
  if (name !== "" && !mayReadEntry(asker.authorizer, kind, name)) throw denied();
}

/** One entry that was asked for by name is either refused or whole. */
function onlyWhatIsListed(value: unknown, asker: Asker): unknown {
  return Array.isArray(value) ? onlyWhat(seesEntry)(value, asker) : value;
}

function writeEntry(asker: Asker): void {
  const entry = readBody(asker.request.body, mapOf(any)) ?? {};
  for (const kind of textsNamed(entry, "kind")) {
    const names = textsNamed(entry, "name");
    const all = (names.length === 0 ? [""] : names).every((name) => mayWriteEntry(asker.authorizer, kind, name));
    if (!all) throw denied();
    if (!LEADING_ON.includes(kind)) continue;
    for (const service of textsBelow(entry, "service")) requirePermission(asker, "service:read", service);
  }
}

function deleteEntry(asker: Asker): void {
  const [kind, name] = kindAndName(asker);
  if (name !== "" && !mayWriteEntry(asker.authorizer, kind, name)) throw denied();
}

/** Also over the intention that is there, where an ID names one. */
function writeIntention(asker: Asker): void {
  const { DestinationName } = readBody(asker.request.body, IntentionShape) ?? {};
  if (DestinationName !== undefined) requirePermission(asker, "intention:write", DestinationName);
}

function writeById(asker: Asker): void {
  const there = byId(asker);
  if (there !== undefined) requirePermission(asker, "intention:write", there.destination);
  if (asker.request.method === "PUT") writeIntention(asker);
}

function readById(asker: Asker): void {
  const there = byId(asker);
  if (there !== undefined) requireEither(asker, there.source.Name, there.destination);
}

function byId({ agent, request }: Asker) {
  return agent.intentions.view.withId(request.rest.toLowerCase());
}

function readPair(asker: Asker): void {
  requireEither(asker, named("source")(asker), named("destination")(asker));
}

function requireEither(asker: Asker, SourceName: string, DestinationName: string): void {
  if (!seesIntention({ SourceName, DestinationName }, asker.authorizer)) throw denied();
}

function matchIntentions(asker: Asker): void {
  for (const name of asker.request.query.getAll("name")) {
    requirePermission(asker, "intention:read", intentionName(name, "name").name);
  }
}
