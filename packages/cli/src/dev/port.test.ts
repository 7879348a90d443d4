import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { freePort } from "@causeway/testkit";
import { expect, test } from "vitest";
import { agentPorts, refuseTakenPort } from "./port.ts";

/** Something that listens on a port of 127.0.0.1 which nobody else will take when it is closed. */
async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const port = await freePort();
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return { server, port };
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

test("a port that is taken is refused with what to do, and free again when nobody listens", async () => {
  const { server, port } = await listening();
  await expect(refuseTakenPort(port)).rejects.toThrow(`port ${port} on 127.0.0.1 is taken, perhaps by another agent`);
  await close(server);
  await refuseTakenPort(port);
});

test("no port in particular is never refused", () => refuseTakenPort(0));

test("further agents get no port that is taken", async () => {
  const { server, port } = await listening();
  expect((await agentPorts(port - 1, 2))[1]).toBe(0);
  await close(server);
  expect((await agentPorts(port - 1, 2))[1]).toBe(port);
});

test("the first agent gets the port asked for, and further ones get no port beyond the last", async () => {
  expect(await agentPorts(8500, 1)).toEqual([8500]);
  expect(await agentPorts(65_535, 3)).toEqual([65_535, 0, 0]);
});

test("the system chooses every agent's port when it chooses the first one's", async () => {
  expect(await agentPorts(0, 3)).toEqual([0, 0, 0]);
});
