import { once } from "node:events";
import { freePort, type SpawnedProcess, spawnProcess, startTcpEcho } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { openTcp } from "./mesh.fixture.ts";

const INDEX = new URL("../src/index.ts", import.meta.url).href;

/** So many connections follow one another at a time. */
const AT_ONCE = 4;

/** A process that proxies from one port to another, and drains when it is told to end; resolves when it listens. */
async function startProcess(engine: string, port: number, to: number): Promise<SpawnedProcess> {
  const text = `
    import { startProxy } from ${JSON.stringify(INDEX)};
    const log = { debug() {}, info() {}, warn() {} };
    const roots = () => ({ trustDomain: "none.consul", certificatesPem: [], version: 0 });
    const endpoint = { address: "127.0.0.1", port: ${to}, weight: 1, healthy: true, node: "node", instance: "db" };
    const route = { name: "db", inbound: { kind: "plain" }, outbound: { kind: "plain" }, connectTimeoutMs: 10_000, endpoints: [endpoint] };
    const proxy = startProxy({ engine: "${engine}", workers: 2, sharePorts: true, identities: { leaf: () => undefined, roots }, log });
    const match = { by: "listener", route };
    const { failed } = await proxy.swap({ listeners: [{ name: "public", address: "127.0.0.1", port: ${port}, match }], unavailable: [] });
    console.log(failed.length === 0 ? "listening" : failed[0].reason);
    process.once("SIGTERM", async () => {
      const { cutOff } = await proxy.drain(60_000);
      await proxy.close();
      console.log("drained, cut off:", cutOff);
    });
  `;
  const readyWhen = (line: string) => line === "listening";
  return await spawnProcess(process.execPath, ["--input-type=module", "--eval", text], { readyWhen });
}

describe.each(["splice", "stream"])("by %s", (engine) => {
  test("a gateway is replaced under load without a connection refused or reset", async () => {
    await using echo = await startTcpEcho();
    const port = await freePort();
    await using old = await startProcess(engine, port, echo.port);
    const long = await openTcp(port);
    long.socket.write("hello");
    await long.until("hello");

    let served = 0;
    let stopped = false;
    const one = async () => {
      while (!stopped) {
        expect(await (await openTcp(port)).ask("hello")).toBe("hello");
        served++;
      }
    };
    const load = Promise.all(Array.from({ length: AT_ONCE }, one));
    await using _ = await startProcess(engine, port, echo.port);
    process.kill(old.pid, "SIGTERM");
    // What it has accepted it carries to its end.
    await expect.poll(() => served).toBeGreaterThan(100);
    const before = served;
    long.socket.write("still there");
    await long.until("still there");
    long.socket.end();
    await once(long.socket, "close");
    await old.waitForLine((line) => line === "drained, cut off: 0");
    expect(await old.exited).toEqual({ code: 0, signal: null });
    // The one that is left has them all.
    await expect.poll(() => served).toBeGreaterThan(before + 100);
    stopped = true;
    await load;
  });
});
