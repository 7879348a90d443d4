import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AclPlane, ALL_NODES, READ_WEB, WRITE_WEB } from "./acl-plane.ts";

let plane: AclPlane;
beforeAll(async () => {
  plane = await AclPlane.start();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

/** The names that stand under `key` in an answer, whatever is around them. */
function namesUnder(key: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((part) => namesUnder(key, part));
  if (typeof value !== "object" || value === null) return [];
  const own = (value as Record<string, unknown>)[key];
  const below = Object.values(value).flatMap((part) => namesUnder(key, part));
  return typeof own === "string" ? [own, ...below] : below;
}

describe("of what is read, only that is shown that may be seen", () => {
  test.each<{ rules: string; path: string; key: string; shown: string[] }>([
    { rules: READ_WEB, path: "/v1/catalog/nodes", key: "Node", shown: ["n1", "n2", "one"] },
    { rules: 'node "n1" { policy = "read" }', path: "/v1/catalog/nodes", key: "Node", shown: ["n1"] },
    { rules: READ_WEB, path: "/v1/catalog/service/web", key: "ServiceName", shown: ["web"] },
    { rules: READ_WEB, path: "/v1/catalog/service/db", key: "ServiceName", shown: [] },
    { rules: 'service "web" { policy = "read" }', path: "/v1/catalog/service/web", key: "ServiceName", shown: [] },
    { rules: READ_WEB, path: "/v1/health/service/web", key: "Service", shown: ["web"] },
    { rules: READ_WEB, path: "/v1/health/service/db", key: "Service", shown: [] },
    { rules: READ_WEB, path: "/v1/catalog/node/n1", key: "Service", shown: ["web"] },
    { rules: READ_WEB, path: "/v1/catalog/node/n2", key: "Service", shown: [] },
    { rules: READ_WEB, path: "/v1/health/state/any", key: "CheckID", shown: ["serfHealth"] },
    { rules: READ_WEB, path: "/v1/internal/ui/services", key: "Name", shown: ["web"] },
    { rules: READ_WEB, path: "/v1/internal/ui/nodes", key: "Service", shown: ["web"] },
    { rules: READ_WEB, path: "/v1/internal/ui/node/n1", key: "Service", shown: ["web"] },
    { rules: READ_WEB, path: "/v1/internal/ui/node/n2", key: "Service", shown: [] },
    { rules: READ_WEB, path: "/v1/agent/members", key: "Name", shown: ["one"] },
    { rules: WRITE_WEB, path: "/v1/agent/members", key: "Name", shown: [] },
    { rules: READ_WEB, path: "/v1/agent/services", key: "Service", shown: [] },
    { rules: 'service "local" { policy = "read" }', path: "/v1/agent/services", key: "Service", shown: ["local"] },
    { rules: 'service "local" { policy = "read" }', path: "/v1/agent/checks", key: "CheckID", shown: ["c"] },
    { rules: READ_WEB, path: "/v1/config/service-defaults", key: "Name", shown: ["web"] },
    { rules: READ_WEB, path: "/v1/connect/intentions", key: "DestinationName", shown: ["db"] },
    { rules: ALL_NODES, path: "/v1/connect/intentions", key: "DestinationName", shown: [] },
    {
      rules: 'service "tgw" { policy = "read" } service "web" { policy = "read" }',
      path: "/v1/catalog/gateway-services/tgw",
      key: "Name",
      shown: ["tgw", "web"],
    },
    { rules: 'key_prefix "a/" { policy = "read" }', path: "/v1/kv/?recurse", key: "Key", shown: ["a/1", "a/2"] },
  ])("$path with $rules", async ({ rules, path, key, shown }) => {
    const answer = await plane.as(await plane.having(rules), "GET", path);
    expect(answer.status).toBe(200);
    expect([...new Set(namesUnder(key, answer.json))].sort()).toEqual(shown);
    const whole = await plane.root("GET", path);
    expect(answer.headers.get("x-consul-results-filtered-by-acls")).toBe(answer.text === whole.text ? null : "true");
    expect(answer.headers.get("x-consul-default-acl-policy")).toBe("deny");
    expect(whole.headers.get("x-consul-results-filtered-by-acls")).toBeNull();
  });

  test("a node that may not be seen is one that is not there", async () => {
    const secret = await plane.having('node "n1" { policy = "read" }');
    const { status, text } = await plane.as(secret, "GET", "/v1/internal/ui/node/n2");
    expect([status, text]).toEqual([404, ""]);
    expect((await plane.as(secret, "GET", "/v1/internal/ui/catalog-overview")).status).toBe(403);
    expect((await plane.as(secret, "GET", "/v1/internal/ui/service-topology/web")).status).toBe(403);
  });

  test("keys of a tree of which nothing may be seen are not there", async () => {
    const secret = await plane.having('key_prefix "c" { policy = "read" }');
    expect((await plane.as(secret, "GET", "/v1/kv/a?recurse")).status).toBe(404);
    expect(await plane.as(secret, "GET", "/v1/kv/?keys")).toMatchObject({ status: 200, json: [] });
  });

  test("a wait ends without what may be seen no more, and refused when the token is gone", async () => {
    const { AccessorID, SecretID } = (await plane.root("PUT", "/v1/acl/token", {})).json as Record<string, string>;
    const { index } = await plane.root("GET", "/v1/catalog/nodes");
    const waiting = plane.as(SecretID ?? "", "GET", `/v1/catalog/nodes?index=${index}&wait=30s`);
    await plane.root("DELETE", `/v1/acl/token/${AccessorID}`);
    await plane.root("PUT", "/v1/catalog/register", { Node: "n3", Address: "10.0.0.3" });
    expect(await waiting).toMatchObject({ status: 403, text: "ACL not found" });
    await plane.root("PUT", "/v1/catalog/deregister", { Node: "n3" });
  });
});
