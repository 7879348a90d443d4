import { setTimeout as pause } from "node:timers/promises";
import { connectBus } from "@causeway/bus";
import { OPERATOR } from "@causeway/model";
import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { call, credentialsOf, type Mesh, openTcp, START_UP_MS, startHttpServer, Traffic } from "../src/index.ts";
import { callSoon, echoSoon, shared } from "./support.ts";

/** Writes that are under way at the same time. */
const WRITERS = 4;
/** So many writes that are acknowledged after a kill show that the others have taken over. */
const SOME_WRITES = 20;
const SOME_CALLS = 50;
/** What an application does between two writes. */
const PAUSE_MS = 15;

const facts = shared(
  async (mesh, resources) => {
    const [steady, echo] = await Promise.all([startHttpServer("steady"), startTcpEcho()]);
    resources.use(steady);
    resources.use(echo);
    const gateway = resources.use(await mesh.startTerminatingGateway("gateway"));
    const web = resources.use(await mesh.startSidecar("web", { upstreams: ["steady", "echo", "changing"] }));
    await mesh.agent.registerExternal({ service: "steady", port: steady.port });
    await mesh.agent.registerExternal({ service: "changing", port: steady.port });
    await mesh.agent.registerExternal({ service: "echo", port: echo.port });
    await gateway.link({ Name: "steady" }, { Name: "echo" }, { Name: "changing" });
    await callSoon(web.upstream("steady"));
    await echoSoon(web.upstream("echo"));
    return { web };
  },
  { natsServers: 3 },
);

/** Writes that go on and on, each of a key of its own, with account of those that were acknowledged. */
class Writes implements AsyncDisposable {
  readonly acknowledged: string[] = [];
  readonly #url: string;
  readonly #folder: string;
  readonly #writers: readonly Promise<void>[];
  #begun = 0;
  #stopped = false;

  constructor(mesh: Mesh, folder: string) {
    this.#url = mesh.agent.url;
    this.#folder = folder;
    this.#writers = Array.from({ length: WRITERS }, () => this.#writeOnAndOn());
  }

  /** Resolves when so many more have been acknowledged. */
  async more(writes: number): Promise<void> {
    const enough = this.acknowledged.length + writes;
    await eventually(() => expect(this.acknowledged.length).toBeGreaterThanOrEqual(enough), { timeoutMs: START_UP_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  async #writeOnAndOn(): Promise<void> {
    while (!this.#stopped) {
      const key = `${this.#folder}/${this.#begun++}`;
      const answer = await fetch(`${this.#url}/v1/kv/${key}`, { method: "PUT", body: key }).catch(() => undefined);
      if (answer?.ok === true && (await answer.text()).trim() === "true") this.acknowledged.push(key);
      await pause(PAUSE_MS);
    }
  }
}

/** Resolves when every copy of every bucket is as new as the others. */
async function allCopiesCurrent({ nats, busFolder }: Mesh): Promise<void> {
  const log = { info() {}, warn() {} };
  const credentials = credentialsOf(busFolder, OPERATOR);
  await using resources = new AsyncDisposableStack();
  const bus = await connectBus({ url: nats.url, name: OPERATOR, datacenter: "dc1", credentials, log });
  resources.defer(() => bus.drain());
  const check = async () => {
    for (const name of ["kv", "catalog", "intentions", "config-entries"]) {
      const { cluster } = await bus.manager.streams.info(`KV_${name}`);
      expect(cluster?.leader).toBeDefined();
      expect(cluster?.replicas?.filter(({ current, offline }) => current && offline !== true)).toHaveLength(2);
    }
  };
  await eventually(check, { timeoutMs: START_UP_MS });
}

for (const at of [0, 1, 2]) {
  test(`server ${at + 1} of three is killed under load: nothing acknowledged is lost, and traffic does not notice`, async () => {
    const { mesh, web } = facts();
    using open = await openTcp(web.upstream("echo"));
    await open.echo("before");
    await using traffic = new Traffic(web.upstream("steady"));
    await using writes = new Writes(mesh, `written/${at}`);
    await writes.more(SOME_WRITES);
    await mesh.natsServers[at]?.kill();
    await writes.more(SOME_WRITES);
    await traffic.more(SOME_CALLS);
    await mesh.natsServers[at]?.restart();
    await allCopiesCurrent(mesh);
    await writes[Symbol.asyncDispose]();
    await open.echo("after");
    expect(traffic.failures).toEqual([]);

    const readBack = async () => {
      const there = new Set(await mesh.agent.get<readonly string[]>(`/v1/kv/written/${at}/?keys&consistent`));
      expect(writes.acknowledged.filter((key) => !there.has(key))).toEqual([]);
    };
    await eventually(readBack, { timeoutMs: START_UP_MS });
  });
}

test("a change takes effect while one of three is away", async () => {
  const { mesh, web } = facts();
  await allCopiesCurrent(mesh);
  await callSoon(web.upstream("changing"));
  const [, second] = mesh.natsServers;
  await second?.kill();
  await eventually(() => mesh.agent.intention("web", "changing", "deny"), { timeoutMs: START_UP_MS });
  // What was being asked of the server that has gone is waited for first.
  const refused = () => expect(call(web.upstream("changing"))).rejects.toThrow();
  await eventually(refused, { timeoutMs: START_UP_MS });
  await second?.restart();
});
