import { join } from "node:path";
import { ask, type Bus, connectBus, Mirror } from "@causeway/bus";
import { BUCKETS, type IntentionRequest, withIndexes } from "@causeway/model";
import { type NatsServer, type SpawnedProcess, spawnProcess } from "@causeway/testkit";

const MAIN = join(import.meta.dirname, "../src/main.ts");

/** How long an answer is waited for: with hundreds of requests at once on a busy machine the last one takes a while. */
const PATIENCE_MS = 60_000;

/** Starts the service as a process of its own and resolves when it is ready. */
export function startIntentions(nats: NatsServer, env: Record<string, string> = {}): Promise<SpawnedProcess> {
  return spawnProcess(process.execPath, [MAIN], {
    env: { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_LOG_FORMAT: "json", ...env },
    readyWhen: (line) => line.includes('"msg":"ready"'),
  });
}

/** A bus as the agent has one. */
export async function connectTo(nats: NatsServer): Promise<Bus & AsyncDisposable> {
  const log = { info: () => {}, warn: () => {} };
  const bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
  return Object.assign(bus, { [Symbol.asyncDispose]: () => bus.drain() });
}

/** What a follower of the bucket sees. */
export function followed(bus: Bus) {
  const stop = new AbortController();
  const mirror = Mirror.follow(bus, BUCKETS.intentions, { kind: "destination" }, stop.signal);
  return {
    mirror,
    /** The sources of a destination, as `<name> <action>`, once `revision` is there. */
    async sources(destination: string, revision: number): Promise<string[]> {
      await mirror.reach(revision);
      const stored = mirror.get("destination", destination);
      return (stored?.value.Sources ?? []).map(({ Name, Action }) => `${Name} ${Action}`);
    },
    /** The whole record with real indexes. */
    async record(destination: string, revision: number) {
      await mirror.reach(revision);
      const stored = mirror.get("destination", destination);
      return stored === undefined ? undefined : withIndexes(stored.value, stored.revision);
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}

/** A legacy intention `<source>=><destination>`. */
export function intention(pair: string, action = "allow", more: Partial<IntentionRequest> = {}): IntentionRequest {
  const [SourceName = "", DestinationName = ""] = pair.split("=>");
  return { SourceName, DestinationName, Action: action, ...more };
}

/** Creates an intention and gives its ID and revision. */
export function create(bus: Bus, pair: string, action = "allow", more: Partial<IntentionRequest> = {}) {
  return ask(bus, "intentions.create", intention(pair, action, more), { timeoutMs: PATIENCE_MS });
}

/** Status and text of the refusal that `asked` ends with. */
export async function refusalOf(asked: Promise<unknown>): Promise<{ status: number; message: string } | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return { status, message };
  }
}
