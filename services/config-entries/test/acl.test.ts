import { answer, ask, type Bus, connectBus, Mirror } from "@causeway/bus";
import { DENY_BY_DEFAULT, outcomeOf, putTokens } from "@causeway/bus/testing";
import { BUCKETS } from "@causeway/model";
import { createLogger } from "@causeway/runtime";
import { type NatsServer, type SpawnedProcess, spawnProcess, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const log = createLogger({ service: "test", level: "fatal" });
const RULES = {
  web: 'service "web" { policy = "write" } service "db" { policy = "read" }',
  operator: 'operator = "write"',
};

let nats: NatsServer;
let bus: Bus;

function start(acls: Readonly<Record<string, string>>): Promise<SpawnedProcess> {
  const env = { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_LOG_FORMAT: "json", ...acls };
  return spawnProcess(process.execPath, [MAIN], { env, readyWhen: (line) => line.includes('"ready"') });
}

beforeAll(async () => {
  nats = await startNatsServer();
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
});
afterAll(async () => {
  await bus?.drain();
  await nats?.stop();
});

const by = (Token: string | undefined) => (Token === undefined ? {} : { Token });
const apply = (Entry: object, Token?: string) => outcomeOf(ask(bus, "config-entries.apply", { Entry, ...by(Token) }));
const remove = (Kind: string, Name: string, Token?: string) =>
  outcomeOf(ask(bus, "config-entries.delete", { Kind, Name, ...by(Token) }));

const DENIED = "403 Permission denied";
const UNKNOWN = "403 ACL not found";
const redirect = (Service: string) => ({ Kind: "service-resolver", Name: "web", Redirect: { Service } });

describe("where ACLs are enabled", () => {
  let service: SpawnedProcess;
  beforeAll(async () => {
    await putTokens(bus, RULES);
    service = await start(DENY_BY_DEFAULT);
  });
  afterAll(async () => service?.stop());

  test.each<readonly [entry: Record<string, unknown> & { Kind: string; Name: string }, web: string, operator: string]>([
    [{ Kind: "service-defaults", Name: "web", Protocol: "tcp" }, "done", DENIED],
    [{ Kind: "service-defaults", Name: "db" }, DENIED, DENIED],
    [redirect("db"), "done", DENIED],
    [redirect("hidden"), DENIED, DENIED],
    [{ Kind: "proxy-defaults", Name: "global" }, DENIED, "done"],
    [{ Kind: "terminating-gateway", Name: "web", Services: [] }, DENIED, "done"],
  ])("%o", async (entry, web, operator) => {
    expect(await apply(entry)).toBe(UNKNOWN);
    expect(await apply(entry, "other")).toBe(UNKNOWN);
    expect(await apply(entry, "web")).toBe(web);
    expect(await apply(entry, "operator")).toBe(operator);
  });

  test("an entry is deleted by whom may write it, and stays when another asks", async () => {
    const entry = { Kind: "service-defaults", Name: "web", Protocol: "tcp" };
    expect(await apply(entry, "web")).toBe("done");
    const stop = new AbortController();
    const mirror = Mirror.follow(bus, BUCKETS.configEntries, {}, stop.signal);
    expect(await remove("service-defaults", "web", "operator")).toBe(DENIED);
    await mirror.catchUp();
    expect(mirror.get("service-defaults", "web")?.value).toMatchObject(entry);
    expect(await remove("service-resolver", "web", "web")).toBe("done");
    expect(await remove("service-defaults", "web", "web")).toBe("done");
    await mirror.catchUp();
    expect(mirror.get("service-defaults", "web")).toBeUndefined();
    stop.abort();
  });

  test("who may write intentions their owner decides, by the token that is handed on", async () => {
    const asked: unknown[] = [];
    answer(bus, {
      "intentions.apply-entry": async (request) => {
        asked.push(request.Token);
        return { Applied: true, Index: 1 };
      },
      "intentions.delete-entry": async (request) => {
        asked.push(request.Token);
        return { Deleted: true, Index: 1 };
      },
    });
    await bus.connection.flush();
    expect(await apply({ Kind: "service-intentions", Name: "db", Sources: [] }, "t")).toBe("done");
    expect(await remove("service-intentions", "db", "t")).toBe("done");
    expect(asked).toEqual(["t", "t"]);
  });
});

test("where ACLs are off nobody is asked for a token", async () => {
  const service = await start({});
  expect(await apply({ Kind: "service-defaults", Name: "db" }, "other")).toBe("done");
  await service.stop();
});
