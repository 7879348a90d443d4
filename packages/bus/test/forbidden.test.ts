import { BUCKETS, OPERATOR } from "@causeway/model";
import { eventually, type NatsServer, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answer, ask, Bucket, type Bus, type BusError, type BusLog, Mirror } from "../src/index.ts";
import { connectAs, securedFolder, startSecured } from "./secured.ts";

const resources = new AsyncDisposableStack();
const logged: object[] = [];
const log: BusLog = { info: () => {}, warn: (facts) => void logged.push(facts) };
let agent: Bus;
let catalog: Bus;

beforeAll(async () => {
  const folder = resources.use(await temporaryDirectory()).path;
  await securedFolder(folder, ["dc1"]);
  const nats: NatsServer = resources.use(await startSecured(folder, "dc1"));
  const as = async (role: string) => {
    const bus = await connectAs(role, nats, folder, "dc1", log);
    resources.defer(() => bus.drain());
    return bus;
  };
  const operator = await as(OPERATOR);
  for (const { name } of Object.values(BUCKETS)) await operator.kvm.create(name);
  [agent, catalog] = [await as("agent"), await as("catalog")];
});
afterAll(() => resources.disposeAsync());

const MAY_NOT = "NATS does not allow the user of";
const REMEDY = "CAUSEWAY_NATS_NKEY_FILE";

test("a verb that a service may not ask is refused at once, and says who may not ask what", async () => {
  const failure = await ask(catalog, "ca.sign-leaf", { CSR: "" }).catch(({ failure }: BusError) => failure);
  expect(failure).toEqual({
    code: "FORBIDDEN",
    role: "catalog",
    operation: "publish",
    subject: "causeway.dc1.ca.sign-leaf",
  });
  await expect(ask(catalog, "ca.sign-leaf", { CSR: "" })).rejects.toThrow(REMEDY);
});

test("a write of another's bucket is refused at once", async () => {
  const bucket = await Bucket.open(agent, BUCKETS.kv);
  const written = bucket.create("lock-delay", ["a"], { Ms: 1 });
  await expect(written).rejects.toThrow(`${MAY_NOT} agent to send on $KV.kv.lock-delay.a`);
  await expect(Bucket.open(catalog, BUCKETS.kv)).rejects.toThrow(
    `${MAY_NOT} catalog to send on $JS.API.STREAM.INFO.KV_kv`,
  );
});

test("a bucket that a service may not read is told of in its log, and stays unread", async () => {
  await using stop = new AsyncDisposableStack();
  const ended = stop.adopt(new AbortController(), async (controller) => controller.abort());
  const mirror = Mirror.follow(agent, BUCKETS.caKeys, {}, ended.signal);
  const told = `${MAY_NOT} agent to send on $JS.API.STREAM.INFO.KV_ca-keys`;
  await eventually(() =>
    expect(logged).toContainEqual(
      expect.objectContaining({ bucket: "ca-keys", reason: expect.stringContaining(told) }),
    ),
  );
  expect(mirror.current).toBe(false);
});

test("a verb that a service may not answer is told of in its log", async () => {
  answer(agent, { "catalog.reflect": async () => ({ Index: 1 }) });
  const facts = { role: "agent", operation: "subscribe", subject: "causeway.dc1.catalog.reflect" };
  await eventually(() => expect(logged).toContainEqual(expect.objectContaining(facts)));
});
