import { type Answer, type Endpoint, type Method, text } from "../http/endpoint.ts";

type Unserved = { readonly what: string; readonly methods: readonly Method[] };

const RAFT = "servers that vote (NATS keeps the state: look at its own cluster)";

/** What Consul has under these paths, now or in later versions, and this mesh does without. */
const PATHS: Readonly<Record<string, Unserved>> = {
  "/v1/query/": { what: "prepared queries", methods: ["GET", "PUT", "DELETE"] },
  "/v1/coordinate/datacenters": { what: "network coordinates", methods: ["GET"] },
  "/v1/coordinate/node/": { what: "network coordinates", methods: ["GET"] },
  "/v1/coordinate/update": { what: "network coordinates", methods: ["PUT"] },
  "/v1/snapshot": { what: "snapshots", methods: ["GET", "PUT"] },
  "/v1/operator/raft/peer": { what: RAFT, methods: ["DELETE"] },
  "/v1/operator/autopilot/configuration": { what: RAFT, methods: ["GET", "PUT"] },
  "/v1/operator/autopilot/health": { what: RAFT, methods: ["GET"] },
  "/v1/operator/keyring": { what: "gossip and its keys", methods: ["GET", "POST", "PUT", "DELETE"] },
  "/v1/internal/ui/metrics-proxy/": { what: "a proxy to where metrics are kept", methods: ["GET"] },
};

/** The answer of a path that is not served. */
export function notServed(what: string, path: string): Answer {
  return text(501, `Causeway does without ${what}: ${path} is not served`);
}

/** Says plainly what is not there, where an empty 404 would look like a wrong path. */
export function unservedEndpoints(): readonly Endpoint[] {
  return Object.entries(PATHS).map(([path, { what, methods }]) => {
    const answer = () => notServed(what, path);
    return { path, methods: Object.fromEntries(methods.map((method) => [method, answer])) };
  });
}
