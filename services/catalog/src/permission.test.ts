import { type AclCheck, type Authorizer, everyoneMay } from "@causeway/bus";
import type { InstanceRecord, JoinRequest, NodeRecord, RegisterRequest } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { checked } from "./checked.ts";
import { joinRegistration } from "./membership.ts";
import type { Known } from "./permission.ts";

/** Of somebody who has these privileges: permission and name. */
function holding(...privileges: readonly string[]): AclCheck {
  const may: Authorizer["may"] = (permission, name) => privileges.includes(`${permission} ${name}`);
  const authorizer = { may } as Authorizer;
  return async (_, objection) => objection(authorizer);
}

const said = { Meta: { rack: "a" }, TaggedAddresses: { lan: "10.0.0.1" } };
const node = { Node: { ID: "", Node: "n1", Address: "10.0.0.1", ...said }, Checks: [] };
const instance = { Service: { ID: "web-1", Service: "web" }, Checks: [{ CheckID: "alive" }] };
const known: Known = {
  // Only what is looked at.
  node: (name) => (name === "n1" ? { value: node as unknown as NodeRecord, revision: 1 } : undefined),
  instancesOn: (name) => (name === "n1" ? [{ value: instance as unknown as InstanceRecord, revision: 1 }] : []),
};

/** The verbs of a catalog that counts what reaches it. */
function catalogFor(check: AclCheck) {
  let writes = 0;
  const registered: RegisterRequest[] = [];
  const write = async () => ({ Index: ++writes });
  const register = async (request: RegisterRequest) => {
    registered.push(request);
    return await write();
  };
  const transact = async () => ({ Results: [], Errors: [], Index: ++writes });
  const membership = {
    join: (request: JoinRequest) => register(joinRegistration(known, request)),
    leave: write,
    forceLeave: write,
  };
  const parts = { membership, known, catchUp: { toNow: async () => {} }, check };
  return {
    verbs: checked({ register, deregister: write, rehearse: transact, transact }, parts),
    writes: () => writes,
    registered,
  };
}

const N1 = { Node: "n1", Address: "10.0.0.1", NodeMeta: said.Meta, TaggedAddresses: said.TaggedAddresses };

describe("a registration", () => {
  test.each([
    ["a service on a node that stays as it is", { ...N1, Service: { Service: "db" } }, ["service:write db"], true],
    ["a service of another name", { ...N1, Service: { Service: "db" } }, ["service:write web"], false],
    [
      "another service over the ID of one",
      { ...N1, Service: { ID: "web-1", Service: "db" } },
      ["service:write db"],
      false,
    ],
    ["a node with another address", { Node: "n1", Address: "10.0.0.2" }, ["service:write web"], false],
    ["a node with another address", { Node: "n1", Address: "10.0.0.2" }, ["node:write n1"], true],
    ["a new node", { Node: "n2", Address: "10.0.0.2", Service: { Service: "db" } }, ["service:write db"], false],
    ["a check of a service", { ...N1, Check: { CheckID: "c", ServiceID: "web-1" } }, ["service:write web"], true],
    ["a check of the node", { ...N1, Check: { CheckID: "c" } }, ["service:write web"], false],
    ["a check of another node", { ...N1, Check: { CheckID: "c", Node: "n3" } }, ["node:write n1"], false],
    [
      "a proxy of somebody else's service",
      { ...N1, Service: { Kind: "connect-proxy", Service: "p", Proxy: { DestinationServiceName: "web" } } },
      ["service:write p"],
      false,
    ],
  ])("of %s", async (_, request, privileges, allowed) => {
    const { verbs, writes } = catalogFor(holding(...privileges));
    const asked = verbs["catalog.register"]({ ...request, Token: "t" });
    if (allowed) await asked;
    else await expect(asked).rejects.toMatchObject({ status: 403, message: "Permission denied" });
    expect(writes()).toBe(allowed ? 1 : 0);
  });
});

test.each([
  ["a service", { ServiceID: "web-1" }, ["service:write web"], true],
  ["a service", { ServiceID: "web-1" }, ["service:write db"], false],
  ["a service, by whoever may write its node", { ServiceID: "web-1" }, ["node:write n1"], true],
  ["a service's check", { CheckID: "alive" }, ["service:write web"], true],
  ["a node's check", { CheckID: "other" }, ["service:write web"], false],
  ["a node", {}, ["service:write web"], false],
])("taking away %s", async (_, which, privileges, allowed) => {
  const { verbs, writes } = catalogFor(holding(...privileges));
  const asked = verbs["catalog.deregister"]({ Node: "n1", ...which, Token: "t" });
  if (allowed) await asked;
  else await expect(asked).rejects.toMatchObject({ status: 403, message: "Permission denied" });
  expect(writes()).toBe(allowed ? 1 : 0);
});

test("of a transaction nothing is done when one operation may not be", async () => {
  const { verbs, writes } = catalogFor(holding("service:write db"));
  const set = (Service: string) =>
    ({ Verb: "set", Part: "Service", Registration: { Node: "n1", Service: { Service } } }) as const;
  const denied = await verbs["catalog.transact"]({ Operations: [set("db"), set("api")], Token: "t" });
  expect(denied.Errors).toEqual([{ OpIndex: 1, What: "Permission denied" }]);
  expect(writes()).toBe(0);
  expect((await verbs["catalog.transact"]({ Operations: [set("db")], Token: "t" })).Errors).toEqual([]);
});

test("a request without a token may do no more than one with a token that holds nothing", async () => {
  const { verbs } = catalogFor(holding());
  const denied = { status: 403, message: "Permission denied" };
  await expect(verbs["catalog.register"]({ Node: "n2", Address: "10.0.0.2" })).rejects.toMatchObject(denied);
  await expect(verbs["catalog.deregister"]({ Node: "n1" })).rejects.toMatchObject(denied);
  await catalogFor(everyoneMay).verbs["catalog.register"]({ Node: "n2", Address: "10.0.0.2" });
});

test("that an agent is alive needs no token, and says nothing else of its node", async () => {
  const { verbs, registered } = catalogFor(holding());
  const member = { ID: "id", Node: "n1", Address: "10.0.0.9" };
  await verbs["catalog.join"](member);
  await verbs["catalog.join"]({ ...member, Node: "n2" });
  const alive = { Service: { ID: "consul" }, Checks: [{ CheckID: "serfHealth", Status: "passing" }] };
  expect(registered).toMatchObject([
    { ...member, TaggedAddresses: { lan: "10.0.0.1" }, NodeMeta: { rack: "a" }, ...alive },
    { ...member, Node: "n2", TaggedAddresses: {}, NodeMeta: {}, ...alive },
  ]);
});

test("an agent leaves without a token, and is only thrown out by an operator", async () => {
  const member = { ID: "id", Node: "n1", Address: "10.0.0.9" };
  const { verbs, writes } = catalogFor(holding("node:write n1"));
  await verbs["catalog.leave"](member);
  expect(writes()).toBe(1);
  const thrown = verbs["catalog.force-leave"]({ Node: "n1", Prune: false, Token: "t" });
  await expect(thrown).rejects.toMatchObject({ status: 403, message: "Permission denied" });
  const { verbs: operators } = catalogFor(holding("operator:write undefined"));
  await operators["catalog.force-leave"]({ Node: "n1", Prune: false, Token: "t" });
});
