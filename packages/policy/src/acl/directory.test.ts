import type { AclPolicy, AclRole, AclToken } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { AclDirectory } from "./directory.ts";

const indexes = { CreateIndex: 0, ModifyIndex: 0 };
const described = { Description: "", Hash: "", ...indexes };
const identities = { ServiceIdentities: [], NodeIdentities: [] };

function policy(ID: string, Rules: string, Datacenters: string[] = []): AclPolicy {
  return { ID, Name: ID, Rules, Datacenters, ...described };
}

function role(ID: string, more: Partial<AclRole>): AclRole {
  return { ID, Name: ID, Policies: [], ...identities, ...described, ...more };
}

function token(AccessorID: string, more: Partial<AclToken> = {}): AclToken {
  return {
    AccessorID,
    SecretID: `s-${AccessorID}`,
    Policies: [],
    Roles: [],
    CreateTime: "",
    ...identities,
    ...described,
    ...more,
  };
}

const readDb = policy("read-db", 'service "db" { policy = "read" }');
const writeKv = policy("write-kv", 'key_prefix "" { policy = "write" }', ["dc2"]);

/** A directory in dc1 with these records, at revisions from 1. */
function directory(records: { policies?: AclPolicy[]; roles?: AclRole[]; tokens?: AclToken[] }): AclDirectory {
  const built = new AclDirectory({ datacenter: "dc1", defaultPolicy: "deny" });
  let revision = 0;
  const add = (kind: string, id: string, value: object) =>
    built.apply({ kind, names: [id], revision: ++revision, record: { value } });
  for (const value of records.policies ?? []) add("policy", value.ID, value);
  for (const value of records.roles ?? []) add("role", value.ID, value);
  for (const value of records.tokens ?? []) add("token", value.AccessorID, value);
  return built;
}

const cases: readonly { name: string; token: AclToken; roles?: AclRole[]; dbRead: boolean | undefined }[] = [
  { name: "a policy", token: token("a", { Policies: ["read-db"] }), dbRead: true },
  { name: "no policy", token: token("a"), dbRead: false },
  { name: "a policy that is gone", token: token("a", { Policies: ["gone"] }), dbRead: false },
  {
    name: "a role",
    token: token("a", { Roles: ["r"] }),
    roles: [role("r", { Policies: ["read-db"] })],
    dbRead: true,
  },
  {
    name: "a service identity",
    token: token("a", { ServiceIdentities: [{ ServiceName: "web", Datacenters: [] }] }),
    dbRead: true,
  },
  {
    name: "a service identity for elsewhere",
    token: token("a", { ServiceIdentities: [{ ServiceName: "web", Datacenters: ["dc2"] }] }),
    dbRead: false,
  },
  {
    name: "a node identity",
    token: token("a", { NodeIdentities: [{ NodeName: "n", Datacenter: "dc1" }] }),
    dbRead: true,
  },
  {
    name: "a node identity for elsewhere",
    token: token("a", { NodeIdentities: [{ NodeName: "n", Datacenter: "dc2" }] }),
    dbRead: false,
  },
  { name: "local here", token: token("a", { Policies: ["read-db"], Datacenter: "dc1" }), dbRead: true },
  { name: "local elsewhere", token: token("a", { Policies: ["read-db"], Datacenter: "dc2" }), dbRead: undefined },
  {
    name: "a time to come",
    token: token("a", { Policies: ["read-db"], ExpirationTime: "1970-01-01T00:00:02Z" }),
    dbRead: true,
  },
  {
    name: "a time that is over",
    token: token("a", { Policies: ["read-db"], ExpirationTime: "1970-01-01T00:00:01Z" }),
    dbRead: undefined,
  },
];

describe("AclDirectory", () => {
  test.each(cases)("a token with $name", ({ token: shown, roles = [], dbRead }) => {
    const known = directory({ policies: [readDb, writeKv], roles, tokens: [shown] });
    expect(known.resolve("s-a", 1_000)?.authorizer.may("service:read", "db")).toBe(dbRead);
  });

  test("a policy holds in its datacenters only", () => {
    const known = directory({ policies: [writeKv], tokens: [token("a", { Policies: ["write-kv"] })] });
    expect(known.resolve("s-a", 0)?.authorizer.may("key:write", "x")).toBe(false);
  });

  test("no secret is the anonymous token's", () => {
    const known = directory({
      policies: [readDb],
      tokens: [token("n", { SecretID: "anonymous", Policies: ["read-db"] })],
    });
    expect(known.resolve("", 0)?.authorizer.may("service:read", "db")).toBe(true);
    expect(known.resolve("unknown", 0)).toBeUndefined();
  });

  test("what a token may do changes with its policies", () => {
    const known = directory({ policies: [readDb], tokens: [token("a", { Policies: ["read-db"] })] });
    const may = () => known.resolve("s-a", 0)?.authorizer.may("service:read", "db");
    expect(may()).toBe(true);
    const denied = policy("read-db", 'service "db" { policy = "deny" }');
    known.apply({ kind: "policy", names: ["read-db"], revision: 9, record: { value: denied } });
    expect(may()).toBe(false);
    expect(known.policyNamed("read-db")?.ModifyIndex).toBe(9);
  });

  test("a policy that cannot be read lets its tokens do nothing", () => {
    const known = new AclDirectory({ datacenter: "dc1", defaultPolicy: "allow" });
    known.apply({ kind: "policy", names: ["p"], revision: 1, record: { value: policy("p", "{") } });
    known.apply({ kind: "token", names: ["a"], revision: 2, record: { value: token("a", { Policies: ["p"] }) } });
    expect(known.resolve("s-a", 0)?.authorizer.may("service:read", "db")).toBe(false);
  });

  test("a token that is gone is not known, and neither is a secret that was replaced", () => {
    const known = directory({ tokens: [token("a")] });
    known.apply({ kind: "token", names: ["a"], revision: 2, record: { value: token("a", { SecretID: "other" }) } });
    expect(known.resolve("s-a", 0)).toBeUndefined();
    expect(known.resolve("other", 0)?.token.AccessorID).toBe("a");
    known.apply({ kind: "token", names: ["a"], revision: 3, record: undefined });
    expect(known.resolve("other", 0)).toBeUndefined();
  });
});
