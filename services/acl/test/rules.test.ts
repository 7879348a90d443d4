import type { AclPolicyRequest, AclRoleRequest, AclTokenRequest } from "@causeway/model";
import { beforeEach, describe, expect, test } from "vitest";
import { Expiration } from "../src/expiration.ts";
import { inMemory, ROOT, wantedToken } from "./in-memory.ts";

const GLOBAL = "00000000-0000-0000-0000-000000000001";
const ANONYMOUS = "00000000-0000-0000-0000-000000000002";
const UNKNOWN = "f1f1f1f1-0000-0000-0000-000000000000";

let service: Awaited<ReturnType<typeof inMemory>>;
beforeEach(async () => {
  service = await inMemory();
});

function putPolicy(more: Partial<AclPolicyRequest>) {
  const Policy = { ID: "", Name: "", Description: "", Rules: "", Datacenters: [], ...more };
  return service.verbs["acl.put-policy"]({ Token: ROOT, Policy });
}

function putRole(more: Partial<AclRoleRequest>) {
  const Role = { ID: "", Name: "", Description: "", Policies: [], ServiceIdentities: [], NodeIdentities: [], ...more };
  return service.verbs["acl.put-role"]({ Token: ROOT, Role });
}

function createToken(more: Partial<AclTokenRequest>, Token = ROOT) {
  return service.verbs["acl.create-token"]({ Token, Datacenter: "dc1", Wanted: wantedToken(more) });
}

function updateToken(more: Partial<AclTokenRequest>) {
  return service.verbs["acl.update-token"]({ Token: ROOT, Wanted: wantedToken(more) });
}

describe("a policy is refused", () => {
  test.each<{ name: string; policy: Partial<AclPolicyRequest>; text: string | RegExp }>([
    { name: "without a name", policy: {}, text: "Invalid Policy: no Name is set" },
    {
      name: "with a space in its name",
      policy: { Name: "a b" },
      text: "Invalid Policy: invalid Name. Only alphanumeric characters, '-' and '_' are allowed",
    },
    {
      name: "of a name that is taken",
      policy: { Name: "taken" },
      text: 'Invalid Policy: A Policy with Name "taken" already exists',
    },
    {
      name: "whose rules are wrong",
      policy: { Name: "x", Rules: 'service "web" { policy = "nope" }' },
      text: /^Invalid service policy/,
    },
    { name: "that is not there", policy: { ID: UNKNOWN, Name: "x" }, text: `cannot find policy ${UNKNOWN}` },
    {
      name: "that would change the built-in rules",
      policy: { ID: GLOBAL, Name: "global-management" },
      text: "Changing the Rules for the builtin global-management policy is not permitted",
    },
    {
      name: "that would take another one's name",
      policy: { ID: GLOBAL, Name: "taken" },
      text: 'Invalid Policy: A policy with name "taken" already exists',
    },
  ])("$name", async ({ policy, text }) => {
    await putPolicy({ Name: "taken" });
    await expect(putPolicy(policy)).rejects.toThrow(text);
  });

  test("when it is to be deleted and built in, or no ID at all", async () => {
    const remove = (ID: string) => service.verbs["acl.delete-policy"]({ Token: ROOT, ID });
    await expect(remove(GLOBAL)).rejects.toThrow(
      "Delete operation not permitted on the builtin global-management policy",
    );
    await expect(remove("zzz")).rejects.toThrow("failed acl policy lookup: index error: UUID must be 36 characters");
    expect(await remove(UNKNOWN)).toEqual({ Index: expect.any(Number) });
  });
});

test("a policy is changed under its name and its ID, and has another hash", async () => {
  const { ID } = await putPolicy({ Name: "p", Rules: 'acl = "read"' });
  const before = service.directory.policies.get(ID);
  await putPolicy({ ID, Name: "q", Rules: 'acl = "write"', Datacenters: ["dc1"] });
  const after = service.directory.policyNamed("q");
  expect(after).toMatchObject({ ID, Rules: 'acl = "write"', Datacenters: ["dc1"], CreateIndex: before?.CreateIndex });
  expect(after?.Hash).not.toBe(before?.Hash);
  expect(after?.ModifyIndex).toBeGreaterThan(before?.ModifyIndex ?? 0);
  await service.verbs["acl.delete-policy"]({ Token: ROOT, ID });
  expect(service.directory.policies.has(ID)).toBe(false);
});

test("a role links policies by name and by ID, each once", async () => {
  const { ID } = await putPolicy({ Name: "p" });
  const role = await putRole({ Name: "r", Policies: [{ Name: "p" }, { ID }] });
  expect(service.directory.roles.get(role.ID)?.Policies).toEqual([ID]);
  await expect(putRole({ Name: "r" })).rejects.toThrow('Invalid Role: A Role with Name "r" already exists');
  await expect(putRole({ Name: "s", Policies: [{ ID: UNKNOWN }] })).rejects.toThrow(
    `No such ACL policy with ID "${UNKNOWN}"`,
  );
  await putRole({ ID: role.ID, Name: "r2" });
  expect(service.directory.roleNamed("r2")).toMatchObject({ ID: role.ID, Policies: [] });
});

describe("a token is refused", () => {
  test.each<{ name: string; token: Partial<AclTokenRequest>; text: string }>([
    {
      name: "that lasts too short",
      token: { ExpirationTTL: 1e9 },
      text: "ExpirationTime cannot be less than 1m0s in the future (was 1s)",
    },
    {
      name: "that lasts too long",
      token: { ExpirationTTL: 25 * 3_600e9 },
      text: "ExpirationTime cannot be more than 24h0m0s in the future (was 25h0m0s)",
    },
    {
      name: "that has expired",
      token: { ExpirationTime: "2000-01-01T00:00:00Z" },
      text: "ExpirationTime cannot be before CreateTime",
    },
    {
      name: "with two ends",
      token: { ExpirationTTL: 3_600e9, ExpirationTime: "2026-01-01T01:00:00Z" },
      text: "Token Expiration TTL and Expiration Time cannot both be set",
    },
    {
      name: "with an unknown policy",
      token: { Policies: [{ Name: "none" }] },
      text: 'No such ACL policy with name "none"',
    },
    { name: "with an unknown role", token: { Roles: [{ Name: "none" }] }, text: 'No such ACL role with name "none"' },
    {
      name: "with a short accessor",
      token: { AccessorID: "zzz" },
      text: "Failed acl token lookup by accessor: failed acl token lookup: index error: UUID must be 36 characters",
    },
    {
      name: "with a secret that is no UUID",
      token: { SecretID: "hunter2" },
      text: "Invalid Token: SecretID is not a valid UUID",
    },
    {
      name: "with an accessor that is taken",
      token: { AccessorID: ANONYMOUS },
      text: "Invalid Token: AccessorID is already in use",
    },
    {
      name: "with a reserved accessor",
      token: { AccessorID: "00000000-0000-0000-0000-000000000009" },
      text: 'Invalid Token: UUIDs with the prefix "00000000-0000-0000-0000-0000000000" are reserved',
    },
    {
      name: "with a service identity that has no name",
      token: { ServiceIdentities: [{ ServiceName: "", Datacenters: [] }] },
      text: "Service identity is missing the service name field on this token",
    },
    {
      name: "local, with datacenters",
      token: { Local: true, ServiceIdentities: [{ ServiceName: "web", Datacenters: ["dc1"] }] },
      text: 'Service identity "web" cannot specify a list of datacenters on a local token',
    },
    {
      name: "with a node identity that is nowhere",
      token: { NodeIdentities: [{ NodeName: "n", Datacenter: "" }] },
      text: "Node identity is missing the datacenter field on this token",
    },
  ])("$name", async ({ token, text }) => {
    await expect(createToken(token)).rejects.toThrow(text);
  });
});

describe("a token", () => {
  test("is made with IDs of its own, or those asked for", async () => {
    const AccessorID = "aaaaaaaa-0000-0000-0000-000000000001";
    const SecretID = "bbbbbbbb-0000-0000-0000-000000000001";
    expect((await createToken({ AccessorID, SecretID, ExpirationTTL: 3_600e9 })).ID).toBe(AccessorID);
    expect(service.directory.tokenWithSecret(SecretID)).toMatchObject({
      AccessorID,
      CreateTime: "2026-01-01T00:00:00.000Z",
      ExpirationTime: "2026-01-01T01:00:00.000Z",
    });
    await expect(createToken({ SecretID })).rejects.toThrow("Invalid Token: SecretID is already in use");
    const { ID } = await createToken({ Local: true });
    expect(service.directory.tokens.get(ID)).toMatchObject({ Datacenter: "dc1" });
  });

  test.each([
    { name: "its secret", more: { SecretID: UNKNOWN }, text: "Changing a tokens SecretID is not permitted" },
    {
      name: "where it holds",
      more: { Local: true },
      text: "cannot toggle local mode of aaaaaaaa-0000-0000-0000-000000000001",
    },
    {
      name: "its end",
      more: { ExpirationTTL: 3_600e9 },
      text: "Cannot change expiration time of aaaaaaaa-0000-0000-0000-000000000001",
    },
    { name: "another one", more: { AccessorID: UNKNOWN }, text: `Cannot find token "${UNKNOWN}"` },
  ])("keeps $name", async ({ more, text }) => {
    const AccessorID = "aaaaaaaa-0000-0000-0000-000000000001";
    await createToken({ AccessorID });
    await expect(updateToken({ AccessorID, ...more })).rejects.toThrow(text);
    await updateToken({ AccessorID, Description: "new" });
    expect(service.directory.tokens.get(AccessorID)?.Description).toBe("new");
  });

  test("is cloned with all that it may do, under other IDs", async () => {
    const original = await createToken({
      Description: "one",
      ServiceIdentities: [{ ServiceName: "web", Datacenters: [] }],
    });
    const clone = await service.verbs["acl.clone-token"]({ Token: ROOT, ID: original.ID, Description: "two" });
    const [a, b] = [service.directory.tokens.get(original.ID), service.directory.tokens.get(clone.ID)];
    expect(b).toMatchObject({ Description: "two", ServiceIdentities: a?.ServiceIdentities });
    expect(b?.SecretID).not.toBe(a?.SecretID);
    const unknown = service.verbs["acl.clone-token"]({ Token: ROOT, ID: UNKNOWN, Description: "" });
    await expect(unknown).rejects.toThrow("ACL not found");
  });

  test("is deleted by another one, never the anonymous one", async () => {
    const remove = (ID: string, Token = ROOT) => service.verbs["acl.delete-token"]({ Token, ID });
    await expect(remove(ANONYMOUS)).rejects.toThrow("Delete operation not permitted on the anonymous token");
    const root = service.directory.tokenWithSecret(ROOT)?.AccessorID ?? "";
    await expect(remove(root)).rejects.toThrow("Deletion of the request's authorization token is not permitted");
    const { ID } = await createToken({});
    await remove(ID);
    expect(service.directory.tokens.has(ID)).toBe(false);
  });

  test("is removed when its time is over, and known no more from that moment", async () => {
    const warnings: object[] = [];
    const expiration = new Expiration(service.store, {
      clock: service.clock,
      log: { warn: (facts) => warnings.push(facts) },
    });
    const { ID: first } = await createToken({ ExpirationTTL: 60e9 });
    const { ID: second } = await createToken({ ExpirationTTL: 120e9 });
    const secret = service.directory.tokens.get(first)?.SecretID ?? "";
    for (const token of service.directory.tokens.values()) expiration.note(token);
    await service.clock.advance(59_999);
    expect(service.directory.resolve(secret, service.clock.now())).toBeDefined();
    await service.clock.advance(1);
    expect(service.directory.resolve(secret, service.clock.now())).toBeUndefined();
    expect([first, second].filter((id) => service.directory.tokens.has(id))).toEqual([second]);
    await service.clock.advance(60_000);
    expect(service.directory.tokens.has(second)).toBe(false);
    expect(warnings).toEqual([]);
    expiration.close();
  });
});

describe("who may write", () => {
  test.each([
    { name: "nobody with an unknown secret", secret: UNKNOWN, text: "ACL not found" },
    { name: "nobody without a token", secret: "", text: "Permission denied" },
  ])("$name", async ({ secret, text }) => {
    await expect(createToken({}, secret)).rejects.toMatchObject({ status: 403, message: text });
  });

  test("nobody whose policy only reads ACLs, but whose writes them", async () => {
    await putPolicy({ Name: "read", Rules: 'acl = "read"' });
    await putPolicy({ Name: "write", Rules: 'acl = "write"' });
    const SecretID = "bbbbbbbb-0000-0000-0000-000000000001";
    const { ID } = await createToken({ SecretID, Policies: [{ Name: "read" }] });
    await expect(createToken({}, SecretID)).rejects.toThrow("Permission denied");
    await updateToken({ AccessorID: ID, Policies: [{ Name: "write" }] });
    expect(await createToken({}, SecretID)).toEqual({ ID: expect.any(String), Index: expect.any(Number) });
  });
});
