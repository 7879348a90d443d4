import { expect, test } from "vitest";
import { nativeLoad } from "../src/load/native-load.ts";
import { makeLoad, startBackend, whileIdle } from "../src/load/processes.ts";

const native = await nativeLoad();

const hello = Buffer.from("as good as a hello").toString("base64");

test.skipIf(native === undefined)(
  "the program in C makes every load that Node's clients make",
  async () => {
    await using resources = new AsyncDisposableStack();
    const { process, port } = await startBackend();
    resources.use(process);
    const target = { port, greeting: { kind: "hello", hello } } as const;
    const bulk = { target, connections: 3, bytes: 1_000_000 };
    for (const load of [
      { kind: "transfer", direction: "up", ...bulk },
      { kind: "transfer", direction: "down", ...bulk },
      { kind: "connections", target, atOnce: 4, total: 50 },
      { kind: "pace", target, connections: 4, perSecond: 200, seconds: 1 },
    ] as const) {
      expect((await makeLoad(load)).seconds).toBeGreaterThan(0);
    }
    expect(await whileIdle({ kind: "idle", target, connections: 20 }, async () => "measured")).toBe("measured");
  },
  240_000,
);
