import type { BucketDefinition } from "@causeway/model";
import { heartbeatSubject } from "@causeway/model";
import { eventually, freePort, natsDatacenterConfig, startCuttableLink, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer, ask, Bucket, type Bus, connectBus } from "../src/index.ts";
import { followed, newBucket } from "./support.ts";

/** Two datacenters, each with its NATS server, joined by a link that can be cut; dc1 is the primary one. */
async function startTwo() {
  await using resources = new AsyncDisposableStack();
  const link = resources.use(await startCuttableLink());
  const leafPort = await freePort();
  const accepts = { port: leafPort, advertise: `127.0.0.1:${link.port}` };
  const one = resources.use(await startNatsServer({ config: natsDatacenterConfig({ datacenter: "dc1", accepts }) }));
  const joins = `nats-leaf://127.0.0.1:${link.port}`;
  const two = resources.use(await startNatsServer({ config: natsDatacenterConfig({ datacenter: "dc2", joins }) }));
  link.leadTo(leafPort);
  const connectTo = async (url: string, datacenter: string) => {
    const log = { info: () => {}, warn: () => {} };
    const bus = await connectBus({ url, name: "test", datacenter, primaryDatacenter: "dc1", log });
    resources.defer(() => bus.drain());
    const beat = setInterval(() => bus.connection.publish(heartbeatSubject(datacenter)), 200);
    resources.defer(() => clearInterval(beat));
    return bus;
  };
  const dc1 = await connectTo(one.url, "dc1");
  const dc2 = await connectTo(two.url, "dc2");
  return { link, dc1, dc2, resources: resources.move() };
}

let link: Awaited<ReturnType<typeof startCuttableLink>>;
let dc1: Bus;
let dc2: Bus;
let resources: AsyncDisposableStack;

beforeAll(async () => {
  ({ link, dc1, dc2, resources } = await startTwo());
  await dc2.paths.whenOpen("dc1", new AbortController().signal);
  await dc1.paths.whenOpen("dc2", new AbortController().signal);
});
afterAll(async () => await resources.disposeAsync());

/** Who asks so and is told within the test was not told because time ran out. */
const LONGER_THAN_ANY_TEST_MS = 600_000;

const newGlobalBucket = () => ({ ...newBucket(), global: true }) as const satisfies BucketDefinition;

describe("with another datacenter", () => {
  test("a verb is asked where it is answered: a global one in the primary, any other at home unless told", async () => {
    answer(dc1, { "config-entries.delete": async () => ({ Deleted: true, Bucket: "dc1's", Index: 1 }) });
    answer(dc1, { "ca.sign-leaf": async () => Promise.reject(new Error("dc1 answered")) });
    answer(dc2, { "ca.sign-leaf": async () => Promise.reject(new Error("dc2 answered")) });
    await Promise.all([dc1, dc2].map((bus) => bus.connection.flush()));
    const asked = { Kind: "mesh", Name: "mesh" };
    await eventually(async () => {
      expect(await ask(dc2, "config-entries.delete", asked)).toMatchObject({ Bucket: "dc1's" });
    });
    await expect(ask(dc2, "ca.sign-leaf", { CSR: "" })).rejects.toThrow("dc2 answered");
    await expect(ask(dc2, "ca.sign-leaf", { CSR: "" }, { datacenter: "dc1" })).rejects.toThrow("dc1 answered");
    await expect(ask(dc1, "ca.sign-leaf", { CSR: "" }, { datacenter: "dc2" })).rejects.toThrow("dc2 answered");
  });

  test("its buckets can be mirrored, and are not one's own of the same name", async () => {
    const definition = newBucket();
    const [own, other] = await Promise.all([Bucket.open(dc1, definition), Bucket.open(dc2, definition)]);
    await own.create("counter", ["a"], { Count: 1 });
    await other.create("counter", ["a"], { Count: 2 });
    using seen = followed(dc1, definition, { datacenter: "dc2" });
    await seen.current;
    expect(seen.mirror.get("counter", "a")?.value).toEqual({ Count: 2 });
    const revision = await other.update("counter", ["a"], { Count: 3 }, 1);
    await seen.mirror.reach(revision);
    expect(seen.mirror.get("counter", "a")?.value).toEqual({ Count: 3 });
    expect((await own.get("counter", "a"))?.value).toEqual({ Count: 1 });
  });

  test("a global bucket is copied, revision by revision, and the copy can only be read", async () => {
    const definition = newGlobalBucket();
    // Whoever comes first.
    const copy = await Bucket.open(dc2, definition);
    const original = await Bucket.open(dc1, definition);
    using seen = followed(dc2, definition);
    const revision = await original.create("counter", ["a"], { Count: 1 });
    await seen.mirror.reach(revision);
    expect(await copy.get("counter", "a")).toEqual({ value: { Count: 1 }, revision });
    const gone = await original.remove("counter", ["a"], revision);
    await seen.mirror.reach(gone);
    expect(await copy.get("counter", "a")).toBeUndefined();
    await expect(copy.create("counter", ["b"], { Count: 1 })).rejects.toThrow("it is written in the datacenter dc1");
    await expect(Bucket.open(dc2, definition)).resolves.toBeDefined();
  });

  test("a bucket that was written here is not made a copy", async () => {
    const definition = newBucket();
    await Bucket.open(dc2, definition);
    await expect(Bucket.open(dc2, { ...definition, global: true })).rejects.toMatchObject({
      failure: { code: "NOT_A_COPY" },
    });
  });

  test("a datacenter that nobody has heard of is not waited for", async () => {
    const asking = ask(dc1, "ca.sign-leaf", { CSR: "" }, { datacenter: "dc9", timeoutMs: LONGER_THAN_ANY_TEST_MS });
    await expect(asking).rejects.toMatchObject({ failure: { code: "NO_PATH", datacenter: "dc9" } });
    expect(dc1.paths.state("dc8")).toBe("unheard");
    await dc1.paths.whenSilent("dc8", new AbortController().signal);
  });

  test.each(["silent", "broken"] as const)(
    "a link that is cut (%s) fails fast, and all is current soon after",
    async (how) => {
      const definition = newGlobalBucket();
      const original = await Bucket.open(dc1, definition);
      await Bucket.open(dc2, definition);
      const local = newBucket();
      const far = await Bucket.open(dc2, local);
      using copied = followed(dc2, definition);
      using watched = followed(dc1, local, { datacenter: "dc2" });
      await copied.mirror.reach(await original.create("counter", ["a"], { Count: 1 }));
      await watched.current;

      link.cut(how);
      const patient = { timeoutMs: LONGER_THAN_ANY_TEST_MS };
      const asking = () => ask(dc2, "config-entries.delete", { Kind: "mesh", Name: "mesh" }, patient);
      await expect(asking()).rejects.toMatchObject({ failure: { code: "NO_PATH" } });
      const signal = new AbortController().signal;
      await Promise.all([dc2.paths.whenSilent("dc1", signal), dc1.paths.whenSilent("dc2", signal)]);
      await expect(asking()).rejects.toMatchObject({ failure: { code: "NO_PATH", datacenter: "dc1" } });
      expect(copied.mirror.get("counter", "a")?.value).toEqual({ Count: 1 });
      const revision = await original.update("counter", ["a"], { Count: 2 }, 1);
      const farRevision = await far.create("counter", ["b"], { Count: 7 });

      link.restore();
      await Promise.all([
        copied.mirror.reach(revision, LONGER_THAN_ANY_TEST_MS),
        watched.mirror.reach(farRevision, LONGER_THAN_ANY_TEST_MS),
      ]);
      expect(copied.mirror.get("counter", "a")?.value).toEqual({ Count: 2 });
      await dc2.paths.whenOpen("dc1", signal);
      await eventually(async () => expect(await asking()).toMatchObject({ Deleted: true }));
    },
  );
});
