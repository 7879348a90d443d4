import type { BucketDefinition } from "@causeway/model";
import { Type } from "@causeway/model";
import { type Clock, systemClock } from "@causeway/runtime";
import { type NatsServer, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll } from "vitest";
import { type Bus, type Change, connectBus, Mirror } from "../src/index.ts";

/** A log line of the bus: its message and its facts. */
export type LogLine = { readonly message: string; readonly facts: Record<string, unknown> };

/** A bus that remembers what it logged, and drains when it is disposed of. */
export type TestBus = Bus & AsyncDisposable & { readonly lines: readonly LogLine[] };

/** Connects to `nats` as one process of the mesh would. */
export async function connectTo(
  nats: NatsServer,
  name = "test",
  clock: Pick<Clock, "now"> = systemClock,
): Promise<TestBus> {
  const lines: LogLine[] = [];
  const note = (facts: object, message: string) => void lines.push({ message, facts: { ...facts } });
  const bus = await connectBus({ url: nats.url, name, datacenter: "dc1", clock, log: { info: note, warn: note } });
  return Object.assign(bus, { lines, [Symbol.asyncDispose]: () => bus.drain() });
}

/** One NATS server for all tests of a file. */
export function natsForFile(): () => NatsServer {
  let nats: NatsServer | undefined;
  beforeAll(async () => {
    nats = await startNatsServer();
  });
  afterAll(async () => await nats?.stop());
  return () => {
    if (nats === undefined) throw new Error("the NATS server is started before the first test");
    return nats;
  };
}

const Count = Type.Object({ Count: Type.Integer({ minimum: 0 }) });
const kinds = { counter: Count, other: Count, list: Type.Array(Type.Integer()) };
let made = 0;

/** A bucket of its own for one test. */
export function newBucket() {
  made += 1;
  return { name: `test-${process.pid}-${made}`, kinds } as const satisfies BucketDefinition;
}
export type TestBucket = ReturnType<typeof newBucket>;

/** A mirror that remembers what it reported, and ends when it is disposed of. */
export function followed(bus: Bus, bucket: TestBucket, scope: Parameters<typeof Mirror.follow<TestBucket>>[2] = {}) {
  const stop = new AbortController();
  const changes: Change<unknown>[] = [];
  const nowCurrent = Promise.withResolvers<void>();
  const mirror = Mirror.follow(bus, bucket, scope, stop.signal, {
    changed: (change) => void changes.push(change),
    current: () => nowCurrent.resolve(),
  });
  return {
    mirror,
    changes,
    current: nowCurrent.promise,
    stop: () => stop.abort(),
    [Symbol.dispose]: () => stop.abort(),
  };
}
