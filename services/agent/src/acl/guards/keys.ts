import { empty } from "../../http/endpoint.ts";
import { denied } from "../acl.ts";
import { rawBody, textsNamed } from "../asked-body.ts";
import { type Asker, type Guard, type Guards, needs, ownNode, requirePermission, rest } from "../guard.ts";
import { onlyWhat, type Sees, seesNode, textAt, visiblePart } from "../visible.ts";
import { transactionGuard } from "./transactions.ts";

const seesSession: Sees = (session, may) => may.may("session:read", textAt(session, "Node"));
const sessions: Guard = { filter: onlyWhat(seesSession), asQuery: true };

/** Who may see and change keys and sessions, and what this mesh does without. */
export const keyGuards: Guards = {
  "/v1/kv/": {
    GET: {
      admit: readKey,
      filter: visibleKeys,
      hidden: (answer, value, { request }) =>
        isNothing(value) && !asksForAllNames(request) ? empty(404, answer.headers) : answer,
    },
    PUT: needs("key:write", rest),
    DELETE: { admit: deleteKeys },
  },
  "/v1/txn": transactionGuard,
  "/v1/session/create": { admit: createSession },
  "/v1/session/destroy/": { admit: ofSession },
  "/v1/session/renew/": { admit: ofSession },
  "/v1/session/info/": sessions,
  "/v1/session/node/": sessions,
  "/v1/session/list": sessions,
  "/v1/query": { GET: {}, POST: needs("query:write") },
  "/v1/query/": { GET: {}, PUT: needs("query:write"), DELETE: needs("query:write") },
  "/v1/event/fire/": needs("event:write", rest),
  "/v1/event/list": { filter: onlyWhat((event, may) => may.may("event:read", textAt(event, "Name"))) },
  "/v1/coordinate/datacenters": "open",
  "/v1/coordinate/nodes": { filter: onlyWhat(seesNode), asQuery: true },
  "/v1/coordinate/update": needs("node:write", ownNode),
  "/v1/coordinate/node/": { filter: onlyWhat(seesNode), asQuery: true },
  // A snapshot has every secret in it.
  "/v1/snapshot": needs("acl:write"),
  "/v1/operator/raft/configuration": needs("operator:read"),
  "/v1/operator/raft/peer": needs("operator:write"),
  "/v1/operator/autopilot/configuration": { GET: needs("operator:read"), PUT: needs("operator:write") },
  "/v1/operator/autopilot/health": needs("operator:read"),
  "/v1/operator/keyring": {
    GET: needs("keyring:read"),
    PUT: needs("keyring:write"),
    POST: needs("keyring:write"),
    DELETE: needs("keyring:write"),
  },
  "/v1/status/leader": "open",
  "/v1/status/peers": "open",
  "/": "open",
};

/** Of several keys, those are left out that may not be read; one that was asked for is refused. */
function readKey(asker: Asker): void {
  const { query, rest: key } = asker.request;
  if (!query.has("keys") && !query.has("recurse")) requirePermission(asker, "key:read", key);
}

function visibleKeys(value: unknown, { authorizer }: Asker): unknown {
  return visiblePart(value, (pair) =>
    authorizer.may("key:read", typeof pair === "string" ? pair : textAt(pair, "Key")),
  );
}

/** The names of all keys may be none; any other tree that has nothing in it is not there. */
function asksForAllNames({ query, rest: prefix }: Asker["request"]): boolean {
  return query.has("keys") && prefix === "";
}

function isNothing(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function deleteKeys(asker: Asker): void {
  const { query, rest: key } = asker.request;
  const all = query.has("recurse") ? asker.authorizer.mayAll("key:write", key) : asker.authorizer.may("key:write", key);
  if (!all) throw denied();
}

function createSession(asker: Asker): void {
  const nodes = textsNamed(rawBody(asker.request.body), "node");
  for (const node of nodes.length === 0 ? [ownNode(asker)] : nodes) requirePermission(asker, "session:write", node);
}

function ofSession(asker: Asker): void {
  const session = asker.agent.kv.view.session(asker.request.rest);
  if (session !== undefined) requirePermission(asker, "session:write", session.Node);
}
