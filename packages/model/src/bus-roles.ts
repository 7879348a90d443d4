import type { BucketId } from "./buckets.ts";
import type { Verb } from "./verbs.ts";

/** What one kind of process does on the bus, and so all that its user there may do. */
export type BusRole = {
  /** Buckets that it alone writes, and in a secondary datacenter copies. */
  readonly owns: readonly BucketId[];
  /** Buckets of its own datacenter that it reads besides. */
  readonly reads: readonly BucketId[];
  /** Buckets of other datacenters that it reads; those of the primary that it copies come of themselves. */
  readonly readsElsewhere: readonly BucketId[];
  readonly answers: readonly Verb[];
  readonly asks: readonly Verb[];
  /** Verbs that it asks in any datacenter, and not only where they are answered for all. */
  readonly asksElsewhere: readonly Verb[];
  /** Whether it says that its datacenter is there, and answers who asks. */
  readonly beats?: true;
  /** Whether it says that it is alive, or hears who is. */
  readonly alive?: "says" | "hears";
  /** Whether it tells and hears the events that users fire. */
  readonly fires?: true;
};

const NOTHING = { owns: [], reads: [], readsElsewhere: [], answers: [], asks: [], asksElsewhere: [] } as const;

/** A proxy that takes part in connections, and decides who may make them. */
const PROXY = {
  ...NOTHING,
  reads: ["catalog", "configEntries", "intentions", "caRoots", "federation"],
  answers: ["proxy.page"],
  asks: ["ca.sign-leaf", "catalog.read"],
} as const;

/** What the owner of the catalog answers, and the agent asks of it. */
const CATALOG_VERBS = [
  "catalog.join",
  "catalog.leave",
  "catalog.force-leave",
  "catalog.register",
  "catalog.deregister",
  "catalog.transact",
  "catalog.reflect",
  "catalog.read",
] as const;

/** What the owner of ACLs answers, and the agent asks of it. */
const ACL_VERBS = [
  "acl.bootstrap",
  "acl.put-policy",
  "acl.delete-policy",
  "acl.put-role",
  "acl.delete-role",
  "acl.create-token",
  "acl.update-token",
  "acl.clone-token",
  "acl.delete-token",
] as const;

/** What the owner of keys and sessions answers, and the agent asks of it. */
const KV_VERBS = [
  "kv.put",
  "kv.delete",
  "kv.delete-tree",
  "kv.transact",
  "kv.create-session",
  "kv.destroy-session",
  "kv.renew-session",
] as const;

/**
 * Who does what on the bus, by the name of the service: the one table from which the permissions of NATS users are made. What is not in
 * it, NATS refuses.
 */
export const BUS_ROLES = {
  catalog: {
    ...NOTHING,
    owns: ["catalog"],
    reads: ["configEntries", "acl"],
    answers: CATALOG_VERBS,
    alive: "hears",
  },
  ca: {
    ...NOTHING,
    owns: ["caRoots", "caKeys"],
    reads: ["acl"],
    answers: [
      "ca.sign-leaf",
      "ca.configuration",
      "ca.configure",
      "ca.rotate-seal-key",
      "ca.intermediate",
      "ca.sign-intermediate",
    ],
    asks: ["ca.sign-intermediate"],
  },
  intentions: {
    ...NOTHING,
    owns: ["intentions"],
    reads: ["acl"],
    answers: [
      "intentions.create",
      "intentions.update",
      "intentions.upsert",
      "intentions.delete",
      "intentions.apply-entry",
      "intentions.delete-entry",
      "intentions.match",
      "intentions.check",
    ],
  },
  "config-entries": {
    ...NOTHING,
    owns: ["configEntries"],
    reads: ["acl"],
    answers: ["config-entries.apply", "config-entries.delete"],
    asks: ["intentions.apply-entry", "intentions.delete-entry", "catalog.reflect"],
  },
  federation: {
    ...NOTHING,
    owns: ["federation"],
    reads: ["catalog"],
    answers: ["federation.publish", "federation.forget"],
    asks: ["federation.publish", "catalog.read"],
    beats: true,
  },
  kv: {
    ...NOTHING,
    owns: ["kv"],
    reads: ["catalog", "acl"],
    answers: KV_VERBS,
    asks: ["catalog.transact", "catalog.read"],
  },
  acl: {
    ...NOTHING,
    owns: ["acl"],
    answers: ACL_VERBS,
  },
  /** Asks on behalf of its clients, whom it checks by the ACLs; it writes no bucket. */
  agent: {
    ...NOTHING,
    reads: ["catalog", "configEntries", "intentions", "caRoots", "federation", "acl", "kv"],
    answers: ["agent.http"],
    asks: [
      ...CATALOG_VERBS,
      "config-entries.apply",
      "config-entries.delete",
      "intentions.create",
      "intentions.update",
      "intentions.upsert",
      "intentions.delete",
      "intentions.match",
      "intentions.check",
      "ca.sign-leaf",
      "ca.configuration",
      "ca.configure",
      "ca.rotate-seal-key",
      "ca.intermediate",
      ...ACL_VERBS,
      ...KV_VERBS,
      "proxy.page",
    ],
    asksElsewhere: ["agent.http"],
    alive: "says",
    fires: true,
  },
  /** Carries what it cannot read, and holds no certificate: it asks for none, and knows of no intention. Roots name the trust domain. */
  "mesh-gateway": {
    ...PROXY,
    reads: ["catalog", "configEntries", "caRoots", "federation"],
    asks: ["catalog.read"],
  },
  "terminating-gateway": PROXY,
  /** Decides about nobody, which the far sides do, and dials instances of other datacenters, of which it hears there. */
  "ingress-gateway": {
    ...PROXY,
    reads: ["catalog", "configEntries", "caRoots", "federation"],
    readsElsewhere: ["catalog"],
  },
  /** Dials the instances of other datacenters, of which it hears there. */
  "sidecar-proxy": { ...PROXY, readsElsewhere: ["catalog"] },
} as const satisfies Record<string, BusRole>;
export type BusRoleName = keyof typeof BUS_ROLES;

/** The user of operators and of backups: nothing is refused to it, and so no service has it. */
export const OPERATOR = "operator";

/** The user by which the server of another datacenter joins this one's. */
export const LEAF = "leaf";

/** The role of this name; undefined when there is none. */
export function busRole(name: string): BusRole | undefined {
  return Object.hasOwn(BUS_ROLES, name) ? BUS_ROLES[name as BusRoleName] : undefined;
}
