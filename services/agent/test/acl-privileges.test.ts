import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AclPlane, ALL_NODES, GATEWAY, READ_WEB, registrationOf, WRITE_WEB } from "./acl-plane.ts";
import { ask } from "./control-plane.ts";

let plane: AclPlane;
beforeAll(async () => {
  plane = await AclPlane.start();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

describe("what is asked for is refused without its privilege, and no more than that is needed", () => {
  type Row = {
    name: string;
    method: string;
    path: string;
    body?: unknown;
    needs: string;
    lacks: string;
    text?: string;
  };
  const denied = "Permission denied";
  test.each<Row>([
    {
      name: "register a service",
      method: "PUT",
      path: "/v1/agent/service/register",
      body: { Name: "web", Port: 1 },
      needs: WRITE_WEB,
      lacks: READ_WEB,
      text: `${denied}: Missing service:write on web`,
    },
    {
      name: "register a service over another",
      method: "PUT",
      path: "/v1/agent/service/register",
      body: { ID: "local", Name: "web" },
      needs: `${WRITE_WEB} service "local" { policy = "write" }`,
      lacks: WRITE_WEB,
      text: `${denied}: Missing service:write on local`,
    },
    {
      name: "register a proxy of a service",
      method: "PUT",
      path: "/v1/agent/service/register",
      body: { Name: "web", Kind: "connect-proxy", Port: 1, Proxy: { DestinationServiceName: "db" } },
      needs: `${WRITE_WEB} service "db" { policy = "write" }`,
      lacks: WRITE_WEB,
      text: `${denied}: Missing service:write on db`,
    },
    {
      name: "register a service in another case",
      method: "PUT",
      path: "/v1/agent/service/register",
      body: { name: "db" },
      needs: 'service "db" { policy = "write" }',
      lacks: WRITE_WEB,
      text: `${denied}: Missing service:write on db`,
    },
    {
      name: "register with a sidecar",
      method: "PUT",
      path: "/v1/agent/service/register",
      body: { Name: "web", Connect: { SidecarService: {} } },
      needs: 'service_prefix "web" { policy = "write" }',
      lacks: WRITE_WEB,
      text: `${denied}: Missing service:write on web-sidecar-proxy`,
    },
    {
      name: "say that a check passes",
      method: "PUT",
      path: "/v1/agent/check/pass/c",
      needs: 'service "web" { policy = "write" } service "local" { policy = "write" }',
      lacks: WRITE_WEB,
      text: `${denied}: Missing service:write on local`,
    },
    {
      name: "register a node check",
      method: "PUT",
      path: "/v1/agent/check/register",
      body: { Name: "n", TTL: "1m" },
      needs: 'node "one" { policy = "write" }',
      lacks: ALL_NODES,
      text: `${denied}: Missing node:write on one`,
    },
    { name: "have a leaf", method: "GET", path: "/v1/agent/connect/ca/leaf/web", needs: WRITE_WEB, lacks: READ_WEB },
    {
      name: "ask who may call",
      method: "POST",
      path: "/v1/agent/connect/authorize",
      body: { Target: "web", ClientCertURI: "spiffe://x.consul/ns/default/dc/dc1/svc/db" },
      needs: WRITE_WEB,
      lacks: READ_WEB,
    },
    {
      name: "see the agent",
      method: "GET",
      path: "/v1/agent/self",
      needs: 'agent "one" { policy = "read" }',
      lacks: ALL_NODES,
    },
    {
      name: "register in the catalog",
      method: "PUT",
      path: "/v1/catalog/register",
      body: registrationOf("n9", "web"),
      needs: `${WRITE_WEB} node "n9" { policy = "write" }`,
      lacks: WRITE_WEB,
    },
    {
      name: "register in the catalog on a node that is there",
      method: "PUT",
      path: "/v1/catalog/register",
      body: registrationOf("n1", "web"),
      needs: WRITE_WEB,
      lacks: READ_WEB,
    },
    {
      name: "register another service's ID",
      method: "PUT",
      path: "/v1/catalog/register",
      body: { ...registrationOf("n2", "web"), Service: { ID: "db", Service: "web" } },
      needs: `${WRITE_WEB} service "db" { policy = "write" }`,
      lacks: WRITE_WEB,
    },
    {
      name: "take a node away",
      method: "PUT",
      path: "/v1/catalog/deregister",
      body: { Node: "n9" },
      needs: 'node "n9" { policy = "write" }',
      lacks: WRITE_WEB,
    },
    {
      name: "write service-defaults",
      method: "PUT",
      path: "/v1/config",
      body: { Kind: "service-defaults", Name: "web", Protocol: "http" },
      needs: WRITE_WEB,
      lacks: READ_WEB,
    },
    {
      name: "write service-defaults in another case",
      method: "PUT",
      path: "/v1/config",
      body: { kind: "service-defaults", name: "db", Protocol: "http" },
      needs: 'service "db" { policy = "write" }',
      lacks: WRITE_WEB,
    },
    {
      name: "write proxy-defaults",
      method: "PUT",
      path: "/v1/config",
      body: { Kind: "proxy-defaults", Name: "global" },
      needs: 'operator = "write"',
      lacks: WRITE_WEB,
    },
    {
      name: "write a terminating gateway",
      method: "PUT",
      path: "/v1/config",
      body: GATEWAY,
      needs: 'operator = "write"',
      lacks: 'operator = "read" service_prefix "" { policy = "write" }',
    },
    {
      name: "lead on to another service",
      method: "PUT",
      path: "/v1/config",
      body: { Kind: "service-resolver", Name: "web", Redirect: { Service: "db" } },
      needs: `${WRITE_WEB} service "db" { policy = "read" }`,
      lacks: WRITE_WEB,
    },
    {
      name: "take a resolver away",
      method: "DELETE",
      path: "/v1/config/service-resolver/web",
      needs: WRITE_WEB,
      lacks: READ_WEB,
    },
    {
      name: "read an entry",
      method: "GET",
      path: "/v1/config/service-defaults/web",
      needs: 'service "web" { policy = "read" }',
      lacks: ALL_NODES,
    },
    {
      name: "make an intention",
      method: "PUT",
      path: "/v1/connect/intentions/exact?source=a&destination=web",
      body: { Action: "allow" },
      needs: 'service "web" { policy = "read" intentions = "write" }',
      lacks: WRITE_WEB,
    },
    {
      name: "take an intention away",
      method: "DELETE",
      path: "/v1/connect/intentions/exact?source=a&destination=default/web",
      needs: 'service "web" { policy = "read" intentions = "write" }',
      lacks: WRITE_WEB,
    },
    {
      name: "match intentions",
      method: "GET",
      path: "/v1/connect/intentions/match?by=destination&name=db",
      needs: 'service "db" { policy = "read" }',
      lacks: READ_WEB,
    },
    {
      name: "check an intention",
      method: "GET",
      path: "/v1/connect/intentions/check?source=web&destination=db",
      needs: 'service "db" { policy = "read" }',
      lacks: READ_WEB,
    },
    {
      name: "see a chain",
      method: "GET",
      path: "/v1/discovery-chain/db",
      needs: 'service "db" { policy = "read" }',
      lacks: READ_WEB,
    },
    {
      name: "see the CA's configuration",
      method: "GET",
      path: "/v1/connect/ca/configuration",
      needs: 'operator = "read"',
      lacks: WRITE_WEB,
    },
    {
      name: "replace the CA's seal key",
      method: "PUT",
      path: "/v1/connect/ca/seal-key",
      needs: 'operator = "write"',
      lacks: 'operator = "read"',
    },
    {
      name: "read a key",
      method: "GET",
      path: "/v1/kv/b",
      needs: 'key "b" { policy = "read" }',
      lacks: 'key_prefix "a" { policy = "write" }',
    },
    {
      name: "write a key",
      method: "PUT",
      path: "/v1/kv/b",
      body: "y",
      needs: 'key "b" { policy = "write" }',
      lacks: 'key "b" { policy = "read" }',
    },
    {
      name: "delete a tree",
      method: "DELETE",
      path: "/v1/kv/z/?recurse",
      needs: 'key_prefix "z" { policy = "write" }',
      lacks: 'key_prefix "z" { policy = "write" } key "z/1" { policy = "read" }',
    },
    {
      name: "make a session",
      method: "PUT",
      path: "/v1/session/create",
      body: { node: "one" },
      needs: 'session "one" { policy = "write" }',
      lacks: 'session "two" { policy = "write" }',
    },
  ])("$name", async ({ method, path, body, needs, lacks, text = denied }) => {
    expect(await plane.as(await plane.having(lacks), method, path, body)).toMatchObject({ status: 403, text });
    expect(await plane.as(await plane.having(needs), method, path, body)).toMatchObject({ status: 200 });
  });
});

test("where the default allows, only what a rule denies is hidden, and ACLs are; the owners of the state decide for themselves", async () => {
  const { base } = await plane.startAllowingAgent("two");
  expect((await ask(base, "GET", "/v1/health/service/web")).json).not.toEqual([]);
  expect((await ask(base, "GET", "/v1/kv/b")).status).toBe(200);
  expect(await ask(base, "PUT", "/v1/kv/b", "x")).toMatchObject({ status: 403, text: "Permission denied" });
  expect((await ask(base, "GET", "/v1/acl/tokens")).status).toBe(403);
  const secret = await plane.having('service "web" { policy = "deny" }');
  expect((await ask(base, "GET", `/v1/health/service/web?token=${secret}`)).json).toEqual([]);
});

test("what everyone may know needs no token that there is", async () => {
  for (const path of ["/v1/status/leader", "/v1/connect/ca/roots", "/v1/agent/connect/ca/roots"]) {
    expect((await plane.as("f1f1f1f1-0000-0000-0000-000000000000", "GET", path)).status).toBe(200);
  }
  const refused = await plane.as("f1f1f1f1-0000-0000-0000-000000000000", "GET", "/v1/catalog/services");
  expect(refused).toMatchObject({ status: 403, text: "ACL not found" });
  expect(refused.headers.get("x-consul-knownleader")).toBe("false");
});
