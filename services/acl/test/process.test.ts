import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, type Bus, connectBus, Mirror } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { type NatsServer, type SpawnedProcess, spawnProcess, startNatsServer } from "@causeway/testkit";
import { expect, test } from "vitest";
import { wantedToken } from "./in-memory.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const ROOT = "0f0f0f0f-0000-0000-0000-00000000aaaa";

function startAcl(nats: NatsServer, env: Record<string, string> = {}): Promise<SpawnedProcess> {
  return spawnProcess(process.execPath, [MAIN], {
    env: { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_LOG_FORMAT: "json", CAUSEWAY_LOG_LEVEL: "trace", ...env },
    readyWhen: (line) => line.includes('"msg":"ready"'),
  });
}

async function connectTo(nats: NatsServer): Promise<Bus & AsyncDisposable> {
  const log = { info: () => {}, warn: () => {} };
  const bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
  return Object.assign(bus, { [Symbol.asyncDispose]: () => bus.drain() });
}

test("the first management token is given out once, and once more to an operator who says so", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  const dataDir = await mkdtemp(join(tmpdir(), "acl-"));
  await using _one = await startAcl(nats, { CAUSEWAY_DATA_DIR: dataDir });
  await using _other = await startAcl(nats, { CAUSEWAY_DATA_DIR: dataDir });
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => ask(bus, "acl.bootstrap", {})));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const refusal = await ask(bus, "acl.bootstrap", {}).catch((error: Error) => error.message);
  expect(refusal).toMatch(/^Permission denied: ACL bootstrap no longer allowed \(reset index: \d+\)$/);
  await writeFile(join(dataDir, "acl-bootstrap-reset"), /\d+/.exec(String(refusal))?.[0] ?? "");
  const again = await ask(bus, "acl.bootstrap", {});
  expect(again.ID).toMatch(/^[0-9a-f-]{36}$/);
  await expect(ask(bus, "acl.bootstrap", {})).rejects.toThrow("no longer allowed");
  await rm(dataDir, { recursive: true });
});

test("of many who take one name at two replicas one gets it, and no other write is lost", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  const env = { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: ROOT };
  await using _one = await startAcl(nats, env);
  await using _other = await startAcl(nats, env);
  const put = (Name: string) => {
    const Policy = { ID: "", Name, Description: "", Rules: "", Datacenters: [] };
    return ask(bus, "acl.put-policy", { Token: ROOT, Policy });
  };
  const racing = await Promise.allSettled(Array.from({ length: 10 }, () => put("same")));
  expect(racing.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const others = await Promise.all(Array.from({ length: 20 }, (_, n) => put(`p${n}`)));
  expect(new Set(others.map(({ Index }) => Index)).size).toBe(20);
});

test("what was made is there after SIGKILL, with one token of the configuration, and no secret in a key or a log", async () => {
  await using nats = await startNatsServer();
  await using bus = await connectTo(nats);
  const env = { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: ROOT };
  const SecretID = "bbbbbbbb-0000-0000-0000-000000000001";
  await using first = await startAcl(nats, env);
  const create = { Token: ROOT, Datacenter: "dc1", Wanted: wantedToken({ SecretID, Description: "kept" }) };
  const { ID } = await ask(bus, "acl.create-token", create);
  await expect(ask(bus, "acl.create-token", create)).rejects.toThrow("Invalid Token: SecretID is already in use");
  first.signal("SIGKILL");
  await first.exited;

  await using second = await startAcl(nats, env);
  const stop = new AbortController();
  const mirror = Mirror.follow(bus, BUCKETS.acl, {}, stop.signal);
  await mirror.catchUp();
  expect(mirror.get("token", ID)?.value).toMatchObject({ SecretID, Description: "kept" });
  const tokens = [...mirror.entries()].filter(([key]) => key.startsWith("token."));
  expect(tokens).toHaveLength(3);
  await expect(ask(bus, "acl.bootstrap", {})).rejects.toThrow("no longer allowed");
  const keys = [...mirror.entries()].map(([key]) => key).join(" ");
  for (const secret of [ROOT, SecretID]) {
    expect(keys).not.toContain(secret);
    expect(first.output() + second.output()).not.toContain(secret);
  }
  stop.abort();
});
