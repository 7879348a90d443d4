import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";

const policy = {
  ID: "06acc965-df4b-5a99-58cb-3250930c6324",
  Name: "web",
  Description: "for web",
  Rules: 'acl = "read"',
  Datacenters: ["dc1", "dc2"],
  Hash: "AQI=",
  CreateIndex: 3,
  ModifyIndex: 4,
};
const { Rules: _, ...summary } = policy;
const token = {
  AccessorID: "986193b5-e2b5-eb26-6264-b524ea60cc6d",
  SecretID: "ec15675e-2999-d789-832e-8c4794daa8d7",
  Description: "one",
  Local: false,
  CreateTime: "2026-01-01T00:00:00.5Z",
  Policies: [{ ID: policy.ID, Name: "web" }],
  ServiceIdentities: [{ ServiceName: "api" }, { ServiceName: "db", Datacenters: ["dc1"] }],
  CreateIndex: 3,
  ModifyIndex: 4,
};
const role = { ...summary, Policies: token.Policies, NodeIdentities: [{ NodeName: "n", Datacenter: "dc1" }] };

/** Answers with what is asked for, as the agent would. */
function answer(request: string): unknown {
  if (request.startsWith("DELETE")) return true;
  if (request.endsWith("/policies")) return [summary];
  if (request.endsWith("/tokens")) return [token];
  if (request.endsWith("/roles")) return [role];
  if (request.includes("/role")) return role;
  return request.includes("/policy") ? policy : token;
}

async function acl(...args: readonly string[]) {
  await using agent = await startStandIn((request) => ({ body: answer(request) }));
  const ended = await runHere(["acl", ...args], { env: { CONSUL_HTTP_ADDR: agent.address, CONSUL_HTTP_TOKEN: "t" } });
  return { ...ended, asked: agent.asked };
}

const POLICY_TEXT = `ID:           ${policy.ID}
Name:         web
Description:  for web
Datacenters:  dc1, dc2
Rules:
acl = "read"`;

const TOKEN_TEXT = `AccessorID:       ${token.AccessorID}
SecretID:         ${token.SecretID}
Description:      one
Local:            false
Create Time:      2026-01-01 00:00:00.5 +0000 UTC
Policies:
   ${policy.ID} - web
Service Identities:
   api (Datacenters: all)
   db (Datacenters: dc1)`;

test.each<{ args: string[]; asked: string; body?: object; out: string }>([
  { args: ["bootstrap"], asked: "PUT /v1/acl/bootstrap", out: TOKEN_TEXT },
  {
    args: ["policy", "create", "-name", "web", "-rules", 'acl = "read"', "-valid-datacenter", "dc1"],
    asked: "PUT /v1/acl/policy",
    body: { Name: "web", Description: "", Rules: 'acl = "read"', Datacenters: ["dc1"] },
    out: POLICY_TEXT,
  },
  { args: ["policy", "read", "-name", "web"], asked: `GET /v1/acl/policy/${policy.ID}`, out: POLICY_TEXT },
  {
    args: ["policy", "update", "-id", "06acc", "-description", "new"],
    asked: `PUT /v1/acl/policy/${policy.ID}`,
    body: { ID: policy.ID, Name: "web", Description: "new", Rules: 'acl = "read"', Datacenters: ["dc1", "dc2"] },
    out: `Policy updated successfully\n${POLICY_TEXT}`,
  },
  {
    args: ["policy", "list", "-meta"],
    asked: "GET /v1/acl/policies",
    out: `web:
   ID:           ${policy.ID}
   Description:  for web
   Datacenters:  dc1, dc2
   Hash:         0102
   Create Index: 3
   Modify Index: 4`,
  },
  {
    args: ["policy", "delete", "-id", policy.ID],
    asked: `DELETE /v1/acl/policy/${policy.ID}`,
    out: `Policy "${policy.ID}" deleted successfully`,
  },
  {
    args: [
      "role",
      "create",
      "-name",
      "web",
      "-policy-id",
      "06",
      "-service-identity",
      "api:dc1,dc2",
      "-node-identity",
      "n:dc1",
    ],
    asked: "PUT /v1/acl/role",
    body: {
      Name: "web",
      Description: "",
      Policies: [{ ID: policy.ID }],
      ServiceIdentities: [{ ServiceName: "api", Datacenters: ["dc1", "dc2"] }],
      NodeIdentities: [{ NodeName: "n", Datacenter: "dc1" }],
    },
    out: `ID:           ${policy.ID}
Name:         web
Description:  for web
Policies:
   ${policy.ID} - web
Node Identities:
   n (Datacenter: dc1)`,
  },
  {
    args: ["token", "create", "-policy-name", "web", "-role-name", "r", "-local", "-expires-ttl", "1h"],
    asked: "PUT /v1/acl/token",
    body: {
      AccessorID: "",
      SecretID: "",
      Local: true,
      ExpirationTTL: "1h",
      Description: "",
      Policies: [{ Name: "web" }],
      ServiceIdentities: [],
      NodeIdentities: [],
      Roles: [{ Name: "r" }],
    },
    out: TOKEN_TEXT,
  },
  { args: ["token", "read", "-self"], asked: "GET /v1/acl/token/self", out: TOKEN_TEXT },
  {
    args: ["token", "update", "-id", "9861", "-policy-name", "x", "-merge-policies"],
    asked: `PUT /v1/acl/token/${token.AccessorID}`,
    body: {
      AccessorID: token.AccessorID,
      Local: false,
      Description: "one",
      Policies: [...token.Policies, { Name: "x" }],
      Roles: [],
      ServiceIdentities: [],
      NodeIdentities: [],
    },
    out: `Token updated successfully.\n${TOKEN_TEXT}`,
  },
  {
    args: ["token", "clone", "-id", token.AccessorID, "-description", "two"],
    asked: `PUT /v1/acl/token/${token.AccessorID}/clone`,
    body: { Description: "two" },
    out: `Token cloned successfully.\n${TOKEN_TEXT}`,
  },
  { args: ["token", "list", "-format=json"], asked: "GET /v1/acl/tokens", out: JSON.stringify([token], undefined, 4) },
  {
    args: ["set-agent-token", "master", "s"],
    asked: "PUT /v1/agent/token/agent_master",
    body: { Token: "s" },
    out: 'ACL token "master" set successfully',
  },
])("acl $args", async ({ args, asked, body, out }) => {
  const ended = await acl(...args);
  const last = ended.asked.at(-1);
  expect(ended).toMatchObject({ status: 0, out, err: "" });
  expect(last?.request).toBe(asked);
  expect(last?.headers["x-consul-token"]).toBe("t");
  if (body !== undefined) expect(JSON.parse(last?.body ?? "")).toEqual(body);
});

test.each([
  { args: ["policy", "create"], err: "Missing require '-name' flag" },
  { args: ["policy", "read"], err: "Must specify either the -id or -name parameters" },
  { args: ["token", "delete"], err: "Must specify the -id parameter" },
  { args: ["token", "delete", "-id", "zz"], err: "Error determining token ID: no such token ID with prefix: zz" },
  { args: ["token", "create", "-node-identity", "n"], err: 'Malformed -node-identity argument: "n"' },
  { args: ["set-agent-token", "x", "s"], err: "Unknown token type" },
])("acl $args is refused: $err", async ({ args, err }) => {
  expect(await acl(...args)).toMatchObject({ status: 1, err });
});

test("what the agent refuses is told with its own text", async () => {
  await using agent = await startStandIn(() => ({ status: 403, body: "Permission denied" }));
  const ended = await runHere(["acl", "token", "list"], { env: { CONSUL_HTTP_ADDR: agent.address } });
  expect(ended).toMatchObject({
    status: 1,
    err: "Failed to retrieve the token list: Unexpected response code: 403 (Permission denied)",
  });
});
