import { expect, test } from "vitest";
import { BUCKETS, type BucketDefinition, type BucketId } from "./buckets.ts";
import { permissionsOf } from "./bus-permissions.ts";
import { BUS_ROLES, type BusRole, type BusRoleName } from "./bus-roles.ts";
import { VERBS, type Verb } from "./verbs.ts";

const ROLES = Object.entries<BusRole>(BUS_ROLES);
const verbs = Object.keys(VERBS) as Verb[];
const rolesThat = (does: (role: BusRole) => boolean) => ROLES.filter(([, role]) => does(role)).map(([name]) => name);

test("every bucket has one owner", () => {
  for (const bucket of Object.keys(BUCKETS) as BucketId[]) {
    expect(
      rolesThat(({ owns }) => owns.includes(bucket)),
      bucket,
    ).toHaveLength(1);
  }
});

test("nobody but ca reads its keys", () => {
  expect(rolesThat(({ owns, reads }) => [...owns, ...reads].includes("caKeys"))).toEqual(["ca"]);
});

test("every verb is answered by the service that it is named for", () => {
  for (const verb of verbs.filter((name) => !name.startsWith("proxy."))) {
    expect(
      rolesThat(({ answers }) => answers.includes(verb)),
      verb,
    ).toEqual([verb.slice(0, verb.indexOf("."))]);
  }
});

test("every verb is asked by somebody, but for one that is left to operators", () => {
  const unasked = verbs.filter(
    (verb) => !ROLES.some(([, role]) => [...role.asks, ...role.asksElsewhere].includes(verb)),
  );
  expect(unasked).toEqual(["federation.forget"]);
});

test("an intermediate is asked for by ca alone, and a datacenter's gateways are told by federation alone", () => {
  expect(rolesThat(({ asks }) => asks.includes("ca.sign-intermediate"))).toEqual(["ca"]);
  expect(rolesThat(({ asks }) => asks.includes("federation.publish"))).toEqual(["federation"]);
  expect(rolesThat(({ asks }) => asks.includes("catalog.reflect"))).toEqual(["config-entries", "agent"]);
});

test("a part of a bucket is asked for by those who may read all of it", () => {
  for (const [id, { readBy }] of Object.entries(BUCKETS) as [BucketId, BucketDefinition][]) {
    if (readBy === undefined) continue;
    expect(rolesThat(({ asks }) => asks.includes(readBy))).toEqual(rolesThat(({ reads }) => reads.includes(id)));
  }
});

test("no user may listen to what is written, or to another's answers", () => {
  for (const [name] of ROLES) {
    const { subscribe } = permissionsOf(name as BusRoleName, { datacenter: "dc2", primaryDatacenter: "dc1" });
    const inboxes = subscribe.filter((subject) => subject.startsWith("_INBOX"));
    expect(inboxes).toEqual([`_INBOX.dc2.${name}.>`]);
    expect(subscribe.filter((subject) => subject.startsWith("$"))).toEqual([]);
  }
});
