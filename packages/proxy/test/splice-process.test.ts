import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { startTcpEcho } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { openTcp } from "./mesh.fixture.ts";

describe("a process that splices", () => {
  const run = promisify(execFile);
  const index = new URL("../src/index.ts", import.meta.url).href;

  // What a program begins with.
  const preamble = `
    import { startProxy } from ${JSON.stringify(index)};
    const log = [];
    const write = (fields, message) => log.push({ ...fields, message });
    const roots = () => ({ trustDomain: "none.consul", certificatesPem: [], version: 0 });
    const start = (engine) =>
      startProxy({ engine, identities: { leaf: () => undefined, roots }, log: { debug: write, info: write, warn: write } });
    const route = { name: "db", inbound: { kind: "plain" }, outbound: { kind: "plain" }, connectTimeoutMs: 1_000, endpoints: [] };
    const table = { listeners: [{ name: "public", address: "127.0.0.1", port: 0, match: { by: "listener", route } }], unavailable: [] };
  `;

  /** Runs a program that has `start(engine)`, which gives a proxy and its log, and `table`; what it printed, and that on stderr. */
  async function program(text: string, args: readonly string[] = []) {
    const { stdout, stderr } = await run(process.execPath, [...args, "--input-type=module", "--eval", preamble + text]);
    return { stdout: stdout.trim(), stderr };
  }

  test("is not warned of what is experimental in Node", async () => {
    const text = `
      const proxy = start("splice");
      await proxy.swap(table);
      console.log(proxy.boundEngine("public"), proxy.connections().length);
      await proxy.close();
    `;
    expect(await program(text)).toEqual({ stdout: "splice 0", stderr: "" });
  });

  test("can exit while the worker waits", async () => {
    const text = `
      const proxy = start("splice");
      await proxy.swap(table);
      proxy.connections();
      console.log("exit");
      process.exit(0);
    `;
    expect(await program(text)).toEqual({ stdout: "exit", stderr: "" });
  });

  test("without node:ffi has the stream engine by choice, and says why it cannot have the other", async () => {
    const text = `
      const proxy = start("auto");
      await proxy.swap(table);
      console.log(proxy.boundEngine("public"), log[0].message);
      await proxy.close();
      try { start("splice") } catch (error) { console.log(error.message) }
    `;
    const { stdout } = await program(text, ["--no-experimental-ffi"]);
    expect(stdout).toMatch(
      /^stream connections cannot be spliced here\nthe engine "splice" does not work here: this Node/,
    );
  });

  test("that is out of descriptors says so, leaves the listener alone for a while and then serves on", async () => {
    await using echo = await startTcpEcho();
    const text = `
      const endpoint = { address: "127.0.0.1", port: ${echo.port}, weight: 1, healthy: true, node: "node", instance: "db" };
      const proxy = start("splice");
      table.listeners[0].match.route = { ...route, endpoints: [endpoint] };
      await proxy.swap(table);
      console.log(proxy.boundPort("public"));
      process.stdin.on("end", async () => {
        console.log(JSON.stringify(log.filter(({ message }) => message === "cannot accept a connection").slice(0, 1)));
        await proxy.close();
      }).resume();
    `;
    const command = `ulimit -n 150; exec "$0" --input-type=module --eval "$1"`;
    const child = spawn("/bin/sh", ["-c", command, process.execPath, preamble + text], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const port = Number((await lines.next()).value);
    const clients = await Promise.all(Array.from({ length: 300 }, () => openTcp(port)));
    // Each of those that are served needs two descriptors of that process.
    clients[0]?.socket.write("hello");
    await clients[0]?.until("hello");
    for (const { socket } of clients) socket.destroy();
    expect(await (await openTcp(port)).ask("still here")).toBe("still here");
    child.stdin.end();
    expect(JSON.parse(String((await lines.next()).value))).toEqual([
      { message: "cannot accept a connection", listener: "public", reason: "EMFILE" },
    ]);
    await once(child, "exit");
  });
});
