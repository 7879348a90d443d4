import {
  BUCKETS,
  type BucketId,
  heartbeatSubject,
  isGlobal,
  OPERATOR,
  pingSubject,
  VERBS,
  type Verb,
  verbSubject,
} from "@causeway/model";
import { eventually, freePort, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bus } from "../src/index.ts";
import { connectAs, securedFolder, startSecured } from "./secured.ts";

const verbs = Object.keys(VERBS) as Verb[];
const buckets = Object.keys(BUCKETS) as BucketId[];

const resources = new AsyncDisposableStack();
let dc1: Bus;
let dc2: Bus;

beforeAll(async () => {
  const folder = resources.use(await temporaryDirectory()).path;
  await securedFolder(folder, ["dc1", "dc2"], await freePort());
  const start = async (datacenter: string): Promise<Bus> => {
    const nats = resources.use(await startSecured(folder, datacenter));
    const bus = await connectAs(OPERATOR, nats, folder, datacenter);
    resources.defer(() => bus.drain());
    return bus;
  };
  dc1 = await start("dc1");
  dc2 = await start("dc2");
  for (const { name } of Object.values(BUCKETS)) {
    await dc1.kvm.create(name);
    await dc2.kvm.create(name);
  }
});
afterAll(() => resources.disposeAsync());

/** What is published at one end, and whether it is to be heard at the other. */
type Try = { readonly subject: string; readonly crosses: boolean };

/** Which of these, published at one end, are heard at the other. What follows comes by the same way, and so ends the wait. */
async function crossing(from: Bus, to: Bus, subjects: readonly string[], last: string): Promise<ReadonlySet<string>> {
  const heard = new Set<string>();
  const [linked, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const subscriptions = subjects.map((subject) =>
    // A server knows its own JetStream by a shorter name.
    to.connection.subscribe(subject.replace(`$JS.${to.datacenter}.`, "$JS."), {
      callback: () => void heard.add(subject),
    }),
  );
  const end = to.connection.subscribe(last, {
    callback: (_, message) => (message.data.length === 0 ? linked : ended).resolve(),
  });
  await to.connection.flush();
  // Nothing crosses before the other server has been told who listens; it is told of the last one last.
  const saying = setInterval(() => from.connection.publish(last), 20);
  await linked.promise;
  clearInterval(saying);
  for (const subject of subjects) from.connection.publish(subject);
  from.connection.publish(last, "the end");
  await ended.promise;
  for (const subscription of [...subscriptions, end]) subscription.unsubscribe();
  return heard;
}

/** What is said to the JetStream of a datacenter, of which only what reads these buckets is to cross. */
function apiTries(datacenter: string, read: (bucket: BucketId) => boolean): readonly Try[] {
  return buckets.flatMap((bucket) => {
    const { name } = BUCKETS[bucket];
    const api = (verb: string) => `$JS.${datacenter}.API.${verb}.KV_${name}`;
    const allowed = ["STREAM.INFO", "STREAM.MSG.GET"].map(api);
    const never = [
      "STREAM.CREATE",
      "STREAM.UPDATE",
      "STREAM.DELETE",
      "STREAM.PURGE",
      "CONSUMER.CREATE",
      "CONSUMER.LIST",
    ];
    return [
      ...[...allowed, `${api("CONSUMER.CREATE")}.a-name.$KV.${name}.a-kind.a-name`].map((subject) => ({
        subject,
        crosses: read(bucket),
      })),
      ...never.map((verb) => ({ subject: api(verb), crosses: false })),
      { subject: `$KV.${name}.a-kind.a-name`, crosses: false },
    ];
  });
}

async function expectCrossing(from: Bus, to: Bus, tries: readonly Try[]): Promise<void> {
  const last = heartbeatSubject(from.datacenter);
  const crossed = await crossing(
    from,
    to,
    tries.map(({ subject }) => subject),
    last,
  );
  expect([...crossed].sort()).toEqual(tries.flatMap(({ subject, crosses }) => (crosses ? [subject] : [])).sort());
}

test("into the primary datacenter come the verbs that are for all, and nothing that is written there", async () => {
  const tries = [
    ...verbs.map((verb) => ({ subject: verbSubject("dc1", verb), crosses: isGlobal(verb) || verb === "agent.http" })),
    ...apiTries("dc1", (bucket) => bucket === "catalog" || "global" in BUCKETS[bucket]),
    { subject: heartbeatSubject("dc1"), crosses: false },
    { subject: heartbeatSubject("dc9"), crosses: false },
    { subject: pingSubject("dc1"), crosses: true },
    { subject: "_INBOX.dc1.agent.a.b", crosses: true },
    { subject: "anything.else", crosses: false },
  ];
  await expectCrossing(dc2, dc1, tries);
});

test("into another datacenter come answers, what its agents are asked, and no other verb", async () => {
  const tries = [
    ...verbs.map((verb) => ({ subject: verbSubject("dc2", verb), crosses: verb === "agent.http" })),
    ...apiTries("dc2", (bucket) => bucket === "catalog"),
    { subject: pingSubject("dc2"), crosses: true },
    { subject: "_INBOX.dc2.agent.a.b", crosses: true },
    { subject: "_INBOX.dc1.agent.a.b", crosses: false },
    { subject: "_INBOX.dc9.agent.a.b", crosses: false },
    { subject: "anything.else", crosses: false },
  ];
  await expectCrossing(dc1, dc2, tries);
});

test("what crosses is enough for a copy of a bucket, and for the answer of another datacenter", async () => {
  const { kvm } = await dc2.domain("dc1");
  const there = await dc1.kvm.open("intentions");
  const watch = await (await kvm.open("intentions")).watch();
  await there.put("settings.default-policy", "x");
  for await (const entry of watch) if (entry.key === "settings.default-policy") break;
  const asked = verbSubject("dc2", "agent.http");
  // By a group, as verbs are answered, and only now: the link has long been up.
  const answering = dc2.connection.subscribe(asked, {
    queue: "agent",
    callback: (_, message) => void message.respond("here"),
  });
  await dc2.connection.flush();
  await expect(eventually(() => dc1.connection.request(asked, "", { timeout: 500 }))).resolves.toMatchObject({});
  answering.unsubscribe();
});
