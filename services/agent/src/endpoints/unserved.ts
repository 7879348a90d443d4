import { type Endpoint, type Method, text } from "../http/endpoint.ts";

/** What Consul has under these paths, and this mesh does without. */
const PATHS: Readonly<Record<string, { readonly what: string; readonly methods: readonly Method[] }>> = {
  "/v1/query": { what: "prepared queries", methods: ["GET", "POST"] },
  "/v1/query/": { what: "prepared queries", methods: ["GET", "PUT", "DELETE"] },
  "/v1/event/fire/": { what: "events", methods: ["PUT"] },
  "/v1/event/list": { what: "events", methods: ["GET"] },
  "/v1/coordinate/datacenters": { what: "network coordinates", methods: ["GET"] },
  "/v1/coordinate/nodes": { what: "network coordinates", methods: ["GET"] },
  "/v1/coordinate/node/": { what: "network coordinates", methods: ["GET"] },
  "/v1/snapshot": { what: "snapshots", methods: ["GET", "PUT"] },
};

/** Says plainly what is not there, where an empty 404 would look like a wrong path. */
export function unservedEndpoints(): readonly Endpoint[] {
  return Object.entries(PATHS).map(([path, { what, methods }]) => {
    const answer = () => text(501, `Causeway does without ${what}: ${path} is not served`);
    return { path, methods: Object.fromEntries(methods.map((method) => [method, answer])) };
  });
}
