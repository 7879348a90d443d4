import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { listen } from "./listening-server.ts";

test("somebody can listen on the port", async () => {
  const port = await freePort();
  await using server = await listen(createServer(), { port });
  expect(server.port).toBe(port);
});
