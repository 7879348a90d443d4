import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { listen, spawnProcess } from "../src/index.ts";

test("kill -9 of the process that started others leaves none of them behind", async () => {
  const server = createServer();
  await using listening = await listen(server);
  const arrived = once(server, "connection") as Promise<[Socket]>;
  const fixture = `${import.meta.dirname}/fixtures/parent.ts`;
  await using parent = await spawnProcess(process.execPath, [fixture, String(listening.port)], {
    readyWhen: (line) => line === "child started",
  });
  // The grandchild's connection ends when the grandchild does.
  const [grandchild] = await arrived;
  const ended = once(grandchild.resume(), "close");
  await parent.kill9();
  await ended;
  expect(listening.openConnections()).toBe(0);
});
