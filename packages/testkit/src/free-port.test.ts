import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { listen } from "./listening-server.ts";
import { spawnProcess } from "./spawn-process.ts";

test("somebody can listen on the port", async () => {
  const port = await freePort();
  await using server = await listen(createServer(), { port });
  expect(server.port).toBe(port);
});

test("no port is given twice, be it by several processes at once", async () => {
  const script = `
    const { freePort } = await import(${JSON.stringify(new URL("free-port.ts", import.meta.url).href)});
    console.log((await Promise.all(Array.from({ length: 60 }, () => freePort()))).join(" "));
    setInterval(() => {}, 60_000);`;
  const start = () => spawnProcess(process.execPath, ["--input-type=module", "--eval", script]);
  await using resources = new AsyncDisposableStack();
  const others = await Promise.all([0, 1, 2].map(async () => resources.use(await start())));
  const lines = await Promise.all(others.map((other) => other.waitForLine(() => true)));
  const ports = [...lines.flatMap((line) => line.split(" ").map(Number)), await freePort()];
  expect(ports).toHaveLength(181);
  expect(new Set(ports).size).toBe(181);
});
