import { setImmediate as turn } from "node:timers/promises";
import {
  aliveSubject,
  BUCKETS,
  BUS_ROLES,
  type BucketId,
  type BusRole,
  eventSubject,
  heartbeatSubject,
  inboxPrefix,
  isGlobal,
  OPERATOR,
  pingSubject,
  queueOf,
  VERBS,
  type Verb,
  verbSubject,
} from "@causeway/model";
import { type NatsServer, temporaryDirectory } from "@causeway/testkit";
import { PermissionViolationError } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bus } from "../src/index.ts";
import { connectAs, securedFolder, startSecured } from "./secured.ts";

const ROLES = Object.entries<BusRole>(BUS_ROLES);
const verbs = Object.keys(VERBS) as Verb[];
const buckets = Object.keys(BUCKETS) as BucketId[];

const resources = new AsyncDisposableStack();
const folder = resources.use(await temporaryDirectory()).path;

/** One try: what is published or listened to, and whether it should be allowed. */
type Try = {
  readonly subject: string;
  readonly allowed: boolean;
  readonly queue?: string;
  /** What NATS takes it for, which has another name for its own JetStream. */
  readonly as?: string;
};

/** What NATS has refused to each connection. */
const violations = new WeakMap<Bus, PermissionViolationError[]>();

async function collectViolations(bus: Bus): Promise<void> {
  const found: PermissionViolationError[] = [];
  violations.set(bus, found);
  for await (const status of bus.connection.status()) {
    if (status.type === "error" && status.error instanceof PermissionViolationError) found.push(status.error);
  }
}

/** Tries every one on one connection, and gives those that NATS refuses. The server says so before it answers the flush. */
async function refusedOf(
  bus: Bus,
  what: "publish" | "subscription",
  tries: readonly Try[],
): Promise<readonly string[]> {
  const found = violations.get(bus) ?? [];
  found.length = 0;
  const subscriptions = tries.map(({ subject, queue }) => {
    if (what === "publish") return bus.connection.publish(subject, "x");
    return bus.connection.subscribe(subject, { callback: () => {}, ...(queue === undefined ? {} : { queue }) });
  });
  await bus.connection.flush();
  await turn();
  for (const subscription of subscriptions) subscription?.unsubscribe();
  return found
    .filter(({ operation }) => operation === what)
    .map(({ subject, queue }) => described(queue === undefined ? { subject } : { subject, queue }));
}

const described = ({ subject, queue, as = subject }: Omit<Try, "allowed">) =>
  queue === undefined ? as : `${as} as one of ${queue}`;

async function expectAsSaid(bus: Bus, what: "publish" | "subscription", tries: readonly Try[]): Promise<void> {
  const refused = await refusedOf(bus, what, tries);
  expect([...refused].sort()).toEqual(
    tries
      .filter(({ allowed }) => !allowed)
      .map(described)
      .sort(),
  );
}

/** In each datacenter of two, as their users are set up; each server stands alone here. */
for (const datacenter of ["dc1", "dc2"]) {
  describe(`in ${datacenter}${datacenter === "dc1" ? ", the primary datacenter" : ""}`, () => {
    let nats: NatsServer;
    const connections = new Map<string, Bus>();
    const as = (role: string): Bus => {
      const bus = connections.get(role);
      if (bus === undefined) throw new Error(`${role} is not connected`);
      return bus;
    };

    beforeAll(async () => {
      if (datacenter === "dc1") await securedFolder(folder, ["dc1", "dc2"]);
      nats = resources.use(await startSecured(folder, datacenter));
      for (const role of [OPERATOR, ...Object.keys(BUS_ROLES)]) {
        const bus = await connectAs(role, nats, folder, datacenter);
        resources.defer(() => bus.drain());
        connections.set(role, bus);
        void collectViolations(bus);
      }
      for (const { name } of Object.values(BUCKETS)) await as(OPERATOR).kvm.create(name);
    });

    for (const [name, role] of ROLES) {
      const owns = (bucket: BucketId) => role.owns.includes(bucket);
      const reads = (bucket: BucketId) => owns(bucket) || role.reads.includes(bucket);

      test(`${name} writes its own buckets, and no other`, async () => {
        const tries = buckets.flatMap((bucket): readonly Try[] => {
          const { name: named } = BUCKETS[bucket];
          const api = (verb: string) => `$JS.API.${verb}.KV_${named}`;
          const never = ["STREAM.UPDATE", "STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.DELETE", "STREAM.SNAPSHOT"];
          return [
            { subject: `$KV.${named}.kind.a-name`, allowed: owns(bucket) },
            { subject: api("STREAM.CREATE"), allowed: owns(bucket) },
            ...never.map((verb) => ({ subject: api(verb), allowed: false })),
            {
              subject: `$JS.${datacenter}.API.STREAM.CREATE.KV_${named}`,
              allowed: owns(bucket),
              as: api("STREAM.CREATE"),
            },
            { subject: `$JS.dc9.API.STREAM.CREATE.KV_${named}`, allowed: false },
          ];
        });
        await expectAsSaid(as(name), "publish", tries);
      });

      test(`${name} reads what it has to, and nothing else`, async () => {
        const tries = buckets.flatMap((bucket): readonly Try[] => {
          const { name: named } = BUCKETS[bucket];
          const copied = owns(bucket) && "global" in BUCKETS[bucket] && datacenter !== "dc1";
          const elsewhere = role.readsElsewhere.includes(bucket);
          const reading = (api: string, allowed: boolean): readonly Try[] => [
            { subject: `${api}.STREAM.INFO.KV_${named}`, allowed },
            { subject: `${api}.STREAM.MSG.GET.KV_${named}`, allowed },
            { subject: `${api}.CONSUMER.CREATE.KV_${named}.a-name.$KV.${named}.>`, allowed },
            { subject: `${api}.CONSUMER.DELETE.KV_${named}.a-name`, allowed },
            { subject: `${api}.CONSUMER.CREATE.KV_${named}`, allowed: false },
            { subject: `${api}.CONSUMER.CREATE.KV_${named}.a-name`, allowed: false },
            { subject: `${api}.CONSUMER.DURABLE.CREATE.KV_${named}.a-name`, allowed: false },
            { subject: `${api}.CONSUMER.LIST.KV_${named}`, allowed: false },
            { subject: `${api}.CONSUMER.NAMES.KV_${named}`, allowed: false },
            { subject: `${api}.CONSUMER.MSG.NEXT.KV_${named}.a-name`, allowed: false },
            { subject: `${api}.DIRECT.GET.KV_${named}.$KV.${named}.kind.a-name`, allowed: false },
          ];
          const flow = { subject: `$JS.FC.KV_${named}.a-name.1`, allowed: reads(bucket) || elsewhere };
          return [
            ...reading("$JS.API", reads(bucket)),
            ...(datacenter === "dc1" ? [] : reading("$JS.dc1.API", copied || elsewhere)),
            ...reading("$JS.dc9.API", elsewhere),
            flow,
          ];
        });
        await expectAsSaid(as(name), "publish", tries);
      });

      test(`${name} asks what it has to, and nothing else`, async () => {
        const places = ["dc1", "dc2", "dc9"];
        const tries = verbs.flatMap((verb) =>
          places.map((place): Try => {
            const where = isGlobal(verb) ? "dc1" : datacenter;
            const allowed = role.asksElsewhere.includes(verb) || (place === where && role.asks.includes(verb));
            const of = verb === "proxy.page" ? ["a-service", "a-node", "an-id"] : [];
            return { subject: verbSubject(place, verb, of), allowed };
          }),
        );
        const signs = places.flatMap((place): readonly Try[] => [
          { subject: heartbeatSubject(place), allowed: role.beats === true && place === datacenter },
          { subject: pingSubject(place), allowed: true },
          { subject: eventSubject(place), allowed: role.fires === true && place === datacenter },
          { subject: aliveSubject(place), allowed: role.alive === "says" && place === datacenter },
        ]);
        await expectAsSaid(as(name), "publish", [...tries, ...signs]);
      });

      test(`${name} answers what it is there for, in its own datacenter and as one of its replicas`, async () => {
        const tries = verbs.flatMap((verb): readonly Try[] => {
          const of = verb === "proxy.page" ? ["a-service", "a-node", "an-id"] : [];
          const own = verbSubject(datacenter, verb, of);
          return [
            { subject: own, queue: queueOf(verb), allowed: role.answers.includes(verb) },
            { subject: own, queue: "another", allowed: false },
            { subject: own, allowed: false },
            { subject: verbSubject("dc9", verb, of), queue: queueOf(verb), allowed: false },
          ];
        });
        const beats: readonly Try[] = [
          { subject: pingSubject(datacenter), allowed: role.beats === true },
          { subject: pingSubject("dc9"), allowed: false },
          { subject: "causeway.*.heartbeat", allowed: true },
          { subject: eventSubject(datacenter), allowed: role.fires === true },
          { subject: aliveSubject(datacenter), allowed: role.alive === "hears" },
        ];
        await expectAsSaid(as(name), "subscription", [...tries, ...beats]);
      });

      test(`${name} hears its own answers, and nothing that is others'`, async () => {
        const inboxes = [...Object.keys(BUS_ROLES), OPERATOR].flatMap((whose): readonly Try[] => [
          { subject: `${inboxPrefix(datacenter, whose)}.>`, allowed: whose === name },
          { subject: `${inboxPrefix("dc9", whose)}.>`, allowed: false },
        ]);
        const written = buckets.map((bucket): Try => ({ subject: `$KV.${BUCKETS[bucket].name}.>`, allowed: false }));
        const wide = [">", "*.>", "_INBOX.>", "causeway.>", "$JS.>", "$KV.>", "$SYS.>"];
        const rest = wide.map((subject): Try => ({ subject, allowed: false }));
        await expectAsSaid(as(name), "subscription", [...inboxes, ...written, ...rest]);
      });

      test(`${name} answers those who ask it, and sends nothing to others' inboxes`, async () => {
        const answers = (asked: readonly Verb[], place: string) =>
          asked.some((verb) => role.answers.includes(verb) && (place === datacenter || isGlobal(verb)));
        const isAnswered = (whose: string, place: string) => {
          const asker = ROLES.find(([other]) => other === whose)?.[1];
          if (role.beats === true || (asker === undefined && role.answers.length > 0)) return true;
          return answers(asker?.asks ?? [], place) || answers(asker?.asksElsewhere ?? [], datacenter);
        };
        const tries = [...Object.keys(BUS_ROLES), OPERATOR].flatMap((whose) =>
          [datacenter, "dc9"].map(
            (place): Try => ({ subject: `${inboxPrefix(place, whose)}.a.b`, allowed: isAnswered(whose, place) }),
          ),
        );
        await expectAsSaid(as(name), "publish", tries);
      });
    }
  });
}

afterAll(() => resources.disposeAsync());
