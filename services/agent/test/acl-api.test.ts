import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answered, ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

const ROOT = "0f0f0f0f-0000-0000-0000-00000000aaaa";
const UNKNOWN = "f1f1f1f1-0000-0000-0000-000000000000";
const ACLS = { CAUSEWAY_ACL_ENABLED: "true", CAUSEWAY_ACL_DEFAULT_POLICY: "deny" };

let plane: ControlPlane;
let agent: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  await plane.startOwner("acl", { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: ROOT });
  agent = await plane.startAgent("one", { ...ACLS, CAUSEWAY_LOG_LEVEL: "trace" });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

/** Asks with a token in the query, which no log may show. */
function as(secret: string, method: string, path: string, body?: unknown): Promise<Answered> {
  return ask(agent.base, method, `${path}${path.includes("?") ? "&" : "?"}token=${secret}`, body);
}
const root = (method: string, path: string, body?: unknown) => as(ROOT, method, path, body);
const anonymous = (method: string, path: string, body?: unknown) => ask(agent.base, method, path, body);

type Token = { readonly AccessorID: string; readonly SecretID: string };

async function tokenWith(Rules: string): Promise<Token> {
  const Name = `p${Math.random()}`.replace(".", "");
  await root("PUT", "/v1/acl/policy", { Name, Rules });
  return (await root("PUT", "/v1/acl/token", { Policies: [{ Name }] })).json as Token;
}

describe("policies, roles and tokens", () => {
  test("are read as they were written, at once", async () => {
    const policy = await root("PUT", "/v1/acl/policy", {
      Name: "web-read",
      Rules: 'service "web" { policy = "read" }',
    });
    const { ID } = policy.json as { ID: string };
    expect((await root("GET", `/v1/acl/policy/${ID}`)).json).toEqual(policy.json);
    expect((await root("GET", "/v1/acl/policy/name/web-read")).json).toEqual(policy.json);
    const role = await root("PUT", "/v1/acl/role", { Name: "web", Policies: [{ Name: "web-read" }] });
    expect(role.json).toMatchObject({ Name: "web", Policies: [{ ID, Name: "web-read" }] });
    const token = await root("PUT", "/v1/acl/token", { Roles: [{ Name: "web" }], ExpirationTTL: "1h" });
    expect(token.json).toMatchObject({ Roles: [{ Name: "web" }], Local: false, ExpirationTime: expect.any(String) });
    const { AccessorID, SecretID } = token.json as Token;
    expect((await as(SecretID, "GET", "/v1/acl/token/self")).json).toEqual(token.json);
    expect((await root("GET", `/v1/acl/tokens?role=${(role.json as { ID: string }).ID}`)).json).toMatchObject([
      { AccessorID },
    ]);
    await root("DELETE", `/v1/acl/policy/${ID}`);
    expect((await root("GET", "/v1/acl/role/name/web")).json).not.toHaveProperty("Policies");
    expect((await root("GET", "/v1/acl/role/name/none")).status).toBe(404);
  });

  test("are waited for", async () => {
    const { index } = await root("GET", "/v1/acl/policies");
    const waiting = root("GET", `/v1/acl/policies?index=${index}&wait=30s`);
    await root("PUT", "/v1/acl/policy", { Name: "news" });
    const { json, index: next } = await waiting;
    expect((json as { Name: string }[]).map(({ Name }) => Name)).toContain("news");
    expect(next).toBeGreaterThan(index);
  });

  test("are shown with their secrets only to whoever may write them", async () => {
    const reader = await tokenWith('acl = "read"');
    const other = await tokenWith("");
    const read = await as(reader.SecretID, "GET", `/v1/acl/token/${other.AccessorID}`);
    expect(read.json).toMatchObject({ SecretID: "<hidden>" });
    expect((await root("GET", `/v1/acl/token/${other.AccessorID}`)).json).toMatchObject({ SecretID: other.SecretID });
    expect((await as(reader.SecretID, "GET", "/v1/acl/tokens")).text).not.toContain("SecretID");
    expect(await as(reader.SecretID, "PUT", "/v1/acl/token", {})).toMatchObject({
      status: 403,
      text: "Permission denied",
    });
  });

  test.each([
    ["GET", "/v1/acl/tokens", undefined, "", 403, "Permission denied"],
    ["PUT", "/v1/acl/token", {}, "", 403, "Permission denied"],
    ["PUT", "/v1/acl/policy", { Name: "x" }, UNKNOWN, 403, "ACL not found"],
    ["GET", "/v1/acl/token/self", undefined, "", 403, "ACL not found"],
    ["GET", `/v1/acl/policy/${UNKNOWN}`, undefined, ROOT, 403, "ACL not found"],
    ["GET", "/v1/acl/role/", undefined, ROOT, 400, "Bad request: Missing role ID"],
    ["PUT", "/v1/acl/role", { Bogus: 1 }, ROOT, 400, 'Bad request: Role decoding failed: json: unknown field "Bogus"'],
    ["PUT", "/v1/acl/token", { Rules: "x" }, ROOT, 500, "Rules cannot be specified for this token"],
    ["POST", "/v1/acl/login", {}, ROOT, 501, /^Causeway has neither auth methods/],
    ["PUT", "/v1/agent/token/default", { Token: "x" }, "", 403, "Permission denied"],
    ["PUT", "/v1/agent/token/bogus", { Token: "x" }, ROOT, 404, 'Token "bogus" is unknown'],
  ] as const)("%s %s %o by %o: %i", async (method, path, body, secret, status, text) => {
    const answered = await as(secret, method, path, body);
    expect(answered.status).toBe(status);
    expect(answered.text).toMatch(text);
  });
});

test("the first management token is given out once", async () => {
  await using fresh = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions", "acl"]);
  const { base } = await fresh.startAgent("one", ACLS);
  const first = await ask(base, "PUT", "/v1/acl/bootstrap");
  const { ID, SecretID } = first.json as { ID: string; SecretID: string };
  expect(first.json).toMatchObject({ ID: SecretID, Description: "Bootstrap Token (Global Management)" });
  const again = await ask(base, "PUT", "/v1/acl/bootstrap");
  expect(again.status).toBe(403);
  expect(again.text).toMatch(/^Permission denied: ACL bootstrap no longer allowed \(reset index: \d+\)$/);
  expect((await ask(base, "GET", `/v1/acl/tokens?token=${ID}`)).status).toBe(200);
});

test("a request that shows no token has the agent's default one, where it has one", async () => {
  const { base } = await plane.startAgent("two", { ...ACLS, CAUSEWAY_ACL_DEFAULT_TOKEN: ROOT });
  expect((await ask(base, "GET", "/v1/acl/tokens")).status).toBe(200);
  expect((await ask(base, "PUT", "/v1/agent/token/default", { Token: "" })).status).toBe(200);
  expect((await ask(base, "GET", "/v1/acl/tokens")).status).toBe(403);
});

test("no secret is ever in a log", async () => {
  const { SecretID } = await tokenWith('key_prefix "" { policy = "read" }');
  await as(SecretID, "GET", "/v1/acl/tokens");
  await anonymous("GET", "/v1/acl/tokens");
  const logged = agent.process.output();
  for (const secret of [ROOT, SecretID]) expect(logged).not.toContain(secret);
});
