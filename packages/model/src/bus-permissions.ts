import { BUCKETS, type BucketId } from "./buckets.ts";
import { BUS_ROLES, type BusRole, type BusRoleName, OPERATOR } from "./bus-roles.ts";
import { aliveSubject } from "./membership.ts";
import { keyToken } from "./tokens.ts";
import { eventSubject } from "./user-event.ts";
import { HEARTBEATS, heartbeatSubject, isGlobal, pingSubject, VERBS, type Verb, verbSubject } from "./verbs.ts";

/** What a user of NATS may do; all else is refused. */
export type BusPermissions = {
  readonly publish: readonly string[];
  /** Subjects, each with its queue group after a blank where it may only be listened to as a member of that. */
  readonly subscribe: readonly string[];
};

/** Which datacenter a user is of, and which one is the primary. */
export type BusPlace = { readonly datacenter: string; readonly primaryDatacenter: string };

/** Where one role of a datacenter has its answers sent: nobody else may listen there. */
export function inboxPrefix(datacenter: string, role: string): string {
  return `_INBOX.${keyToken(datacenter)}.${keyToken(role)}`;
}

/** The queue group in which the replicas of a service share what they are asked. */
export function queueOf(verb: Verb): string {
  return verb.slice(0, verb.indexOf("."));
}

/** The permissions of a role's user in one datacenter. */
export function permissionsOf(name: BusRoleName, place: BusPlace): BusPermissions {
  const role: BusRole = BUS_ROLES[name];
  const { datacenter, primaryDatacenter } = place;
  const owned = role.owns.flatMap((bucket) => ownedBucket(bucket));
  const copied = primaryDatacenter === datacenter ? [] : role.owns.filter(isGlobalBucket);
  return {
    publish: [
      ...owned,
      ...[...role.owns, ...role.reads].flatMap((bucket) => readBucket(OWN_API, bucket)),
      ...copied.flatMap((bucket) => readBucket(apiOf(primaryDatacenter), bucket)),
      ...role.readsElsewhere.flatMap((bucket) => readBucket(ANY_API, bucket)),
      ...role.asks.map((verb) => asked(isGlobal(verb) ? primaryDatacenter : datacenter, verb)),
      ...role.asksElsewhere.map((verb) => anywhere(verb)),
      ...answered(role, datacenter),
      ...(role.beats === true ? [heartbeatSubject(datacenter)] : []),
      ...(role.alive === "says" ? [aliveSubject(datacenter)] : []),
      ...(role.fires === true ? [eventSubject(datacenter)] : []),
      ANY_PING,
    ],
    subscribe: [
      `${inboxPrefix(datacenter, name)}.>`,
      ...role.answers.map((verb) => `${asked(datacenter, verb)} ${queueOf(verb)}`),
      ...(role.beats === true ? [pingSubject(datacenter)] : []),
      ...(role.alive === "hears" ? [aliveSubject(datacenter)] : []),
      ...(role.fires === true ? [eventSubject(datacenter)] : []),
      HEARTBEATS,
    ],
  };
}

/**
 * What may pass between the primary datacenter and one that joins it as a leaf node, as the primary's server sees it: `publish` is what
 * it takes in, `subscribe` what it gives out. A datacenter can speak for no other one, and write no bucket but its own.
 */
export function leafPermissions({ datacenter, primaryDatacenter }: BusPlace): BusPermissions {
  const verbs = Object.keys(VERBS) as Verb[];
  const elsewhere = rolesThat((role) => role.asksElsewhere);
  const copied = (Object.keys(BUCKETS) as BucketId[]).filter(isGlobalBucket);
  const read = rolesThat((role) => role.readsElsewhere);
  return {
    publish: [
      ...verbs.filter(isGlobal).map((verb) => verbSubject(primaryDatacenter, verb)),
      ...elsewhere.map((verb) => anywhere(verb)),
      ...copied.flatMap((bucket) => readBucket(apiOf(primaryDatacenter), bucket)),
      ...read.flatMap((bucket) => readBucket(ANY_API, bucket)),
      heartbeatSubject(datacenter),
      ANY_PING,
      "_INBOX.>",
    ],
    subscribe: [
      ...elsewhere.map((verb) => withQueue(verbSubject(datacenter, verb))),
      ...read.flatMap((bucket) => readBucket(apiOf(datacenter), bucket)),
      "$JS.FC.>",
      HEARTBEATS,
      withQueue(pingSubject(datacenter)),
      `_INBOX.${keyToken(datacenter)}.>`,
    ],
  };
}

/**
 * The subject that covers another one listened to by a queue group. A leaf node that is connected compares what is newly listened to with
 * its permissions as "<subject> <queue>" (NATS 2.9.10), in which the last part of the subject is not what it was.
 */
function withQueue(subject: string): string {
  return `${subject.slice(0, subject.lastIndexOf("."))}.*`;
}

/** JetStream's API, in the datacenter where it is asked, in a named one, and in any. */
const OWN_API = "$JS.API";
const ANY_API = "$JS.*.API";
const apiOf = (datacenter: string) => `$JS.${datacenter}.API`;

const ANY_PING = "causeway.*.ping";

/** One that each process answers by itself has the names of that process after it. */
function asked(datacenter: string, verb: Verb): string {
  return verb === "proxy.page" ? `${verbSubject(datacenter, verb)}.>` : verbSubject(datacenter, verb);
}

const anywhere = (verb: Verb) => `causeway.*.${verb}`;

const isGlobalBucket = (bucket: BucketId) => "global" in BUCKETS[bucket];

function rolesThat<T>(do_: (role: BusRole) => readonly T[]): readonly T[] {
  return [...new Set(Object.values<BusRole>(BUS_ROLES).flatMap(do_))];
}

/** What an owner needs: to make the bucket's stream when it is not there, and to write records. It cannot change or purge the stream. */
function ownedBucket(bucket: BucketId): readonly string[] {
  const { name } = BUCKETS[bucket];
  return [`$JS.API.STREAM.CREATE.KV_${name}`, `$KV.${name}.>`];
}

/**
 * What a reader of a bucket needs: to look at its stream, to follow it, to read one record, and to say how fast it reads.
 *
 * A consumer can only be made in the form whose subject names what it reads (NATS 2.9 and later); the older one is left out.
 */
function readBucket(api: string, bucket: BucketId): readonly string[] {
  const { name } = BUCKETS[bucket];
  const stream = `KV_${name}`;
  return [
    `${api}.STREAM.INFO.${stream}`,
    `${api}.STREAM.MSG.GET.${stream}`,
    `${api}.CONSUMER.CREATE.${stream}.*.$KV.${name}.>`,
    `${api}.CONSUMER.DELETE.${stream}.*`,
    `$JS.FC.${stream}.>`,
  ];
}

/**
 * The inboxes of those who ask a role: of any datacenter where it is asked from all.
 *
 * NATS could allow just the one answer to each question (`allow_responses`), but takes every message that is followed for a question then,
 * and searches all of them at each one (2.9): a catalog of 50,000 instances was not read in ten minutes.
 */
function answered(role: BusRole, datacenter: string): readonly string[] {
  if (role.beats === true) return ["_INBOX.>"];
  if (role.answers.length === 0) return [];
  const own = keyToken(datacenter);
  const ofAll = role.answers.filter((verb) => isGlobal(verb));
  const askers = Object.entries<BusRole>(BUS_ROLES).flatMap(([name, { asks, asksElsewhere }]) => {
    if (
      [...ofAll.filter((verb) => asks.includes(verb)), ...asksElsewhere].some((verb) => role.answers.includes(verb))
    ) {
      return [`_INBOX.*.${name}.>`];
    }
    return asks.some((verb) => role.answers.includes(verb)) ? [`_INBOX.${own}.${name}.>`] : [];
  });
  return [...askers, `_INBOX.*.${OPERATOR}.>`];
}
