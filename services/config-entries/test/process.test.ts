import { answer, ask, type Bus, connectBus, Mirror, Refusal } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { createLogger } from "@causeway/runtime";
import { type NatsServer, type SpawnedProcess, spawnProcess, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const log = createLogger({ service: "test", level: "fatal" });

let nats: NatsServer;
let service: SpawnedProcess;
let bus: Bus;

function start(): Promise<SpawnedProcess> {
  const env = { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_LOG_FORMAT: "json" };
  return spawnProcess(process.execPath, [MAIN], { env, readyWhen: (line) => line.includes('"ready"') });
}

beforeAll(async () => {
  nats = await startNatsServer();
  service = await start();
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
});
afterAll(async () => {
  await bus?.drain();
  await service?.stop();
  await nats?.stop();
});

const apply = (Entry: object, CAS?: number) =>
  ask(bus, "config-entries.apply", CAS === undefined ? { Entry } : { Entry, CAS });
const web = (Protocol: string) => ({ Kind: "service-defaults", Name: "web", Protocol });

describe("config-entries", () => {
  test("writes an identical entry only once", async () => {
    const first = await apply(web("tcp"));
    expect(await apply(web("tcp"))).toEqual(first);
    expect((await apply(web("http"))).Index).toBeGreaterThan(first.Index);
  });

  test("writes only at the index that its writer has seen", async () => {
    const { Index } = await apply({ Kind: "service-defaults", Name: "cas" }, 0);
    expect(await apply({ Kind: "service-defaults", Name: "cas", Protocol: "http" }, 0)).toMatchObject({
      Applied: false,
    });
    expect(await apply({ Kind: "service-defaults", Name: "cas", Protocol: "http" }, Index)).toMatchObject({
      Applied: true,
    });
  });

  test("deletes what is there and what is not", async () => {
    await apply({ Kind: "service-defaults", Name: "gone" });
    const remove = () => ask(bus, "config-entries.delete", { Kind: "service-defaults", Name: "gone" });
    expect(await remove()).toMatchObject({ Deleted: true });
    expect(await remove()).toMatchObject({ Deleted: false });
  });

  test("refuses in Consul's words and changes nothing", async () => {
    const before = await apply(web("grpc"));
    await expect(apply({ Kind: "service-defaults", Name: "web", Bogus: 1 })).rejects.toThrow(Refusal);
    expect(await apply(web("grpc"))).toEqual(before);
  });

  test("refuses what would break entries that refer to each other, a deletion too", async () => {
    const resolver = (Name: string, more: object) => apply({ Kind: "service-resolver", Name, ...more });
    await resolver("versions", { Subsets: { v1: {} } });
    await resolver("pinned", { Redirect: { Service: "versions", ServiceSubset: "v1" } });
    const missing = (subset: string) => new Refusal(500, `service "versions" does not have a subset named "${subset}"`);
    await expect(resolver("versions", { Subsets: { v2: {} } })).rejects.toEqual(missing("v1"));
    const remove = ask(bus, "config-entries.delete", { Kind: "service-resolver", Name: "versions" });
    await expect(remove).rejects.toEqual(missing("v1"));
  });

  test("lets only one of two clashing gateways in when both come at once", async () => {
    const listeners = [{ Port: 80, Services: [{ Name: "web" }] }];
    const both = await Promise.allSettled([
      apply({ Kind: "ingress-gateway", Name: "edge", Listeners: listeners }),
      apply({ Kind: "terminating-gateway", Name: "edge", Services: [] }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("hands service-intentions on, and the answer back", async () => {
    const asked: unknown[] = [];
    const intentions = await connectBus({ url: nats.url, name: "intentions", datacenter: "dc1", log });
    answer(intentions, {
      "intentions.apply-entry": async (request) => {
        asked.push(request);
        return { Applied: true, Index: 7 };
      },
      "intentions.delete-entry": async (request) => {
        asked.push(request);
        throw new Refusal(500, "no");
      },
    });
    await intentions.connection.flush();
    const entry = { Kind: "service-intentions", Name: "db", Sources: [{ Name: "web", Action: "allow" }] };
    expect(await apply(entry, 3)).toEqual({ Applied: true, Bucket: "intentions", Index: 7 });
    const remove = ask(bus, "config-entries.delete", { Kind: "service-intentions", Name: "db" });
    await expect(remove).rejects.toEqual(new Refusal(500, "no"));
    expect(asked).toEqual([{ Entry: entry, CAS: 3 }, { Name: "db" }]);
    await intentions.drain();
  });

  test("takes a gateway's links while the catalog is away", async () => {
    const written = await apply({ Kind: "terminating-gateway", Name: "gw", Services: [{ Name: "db" }] });
    expect(written).toMatchObject({ Applied: true, Bucket: "config-entries" });
    expect(written.CatalogIndex).toBeUndefined();
  });

  test("has lost nothing that it acknowledged when it is killed and started again", async () => {
    const stop = new AbortController();
    const mirror = Mirror.follow(bus, BUCKETS.configEntries, {}, stop.signal);
    const written = await Promise.all(
      Array.from({ length: 20 }, (_, n) => apply({ Kind: "service-defaults", Name: `s${n}` })),
    );
    await service.kill9();
    service = await start();
    await apply({ Kind: "service-defaults", Name: "after" });
    await mirror.reach(Math.max(...written.map(({ Index }) => Index)));
    for (let n = 0; n < 20; n++) expect(mirror.get("service-defaults", `s${n}`)?.value.Name).toBe(`s${n}`);
    stop.abort();
  });
});
