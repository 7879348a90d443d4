import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { checkUdp } from "./udp.ts";

const method = { kind: "udp", intervalMs: 1_000 } as const;

async function service(answers: boolean) {
  const socket = createSocket("udp4");
  if (answers) socket.on("message", (_, from) => socket.send("here", from.port, from.address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { socket, address: `127.0.0.1:${socket.address().port}` };
}

test("who answers is there, and is not waited for", async () => {
  const { socket, address } = await service(true);
  const result = await checkUdp({ ...method, address, timeoutMs: 60_000 });
  expect(result).toEqual({ status: "passing", output: `UDP connect ${address}: Success` });
  socket.close();
});

test("who keeps silent counts as there", async () => {
  const { socket, address } = await service(false);
  expect((await checkUdp({ ...method, address, timeoutMs: 50 })).status).toBe("passing");
  socket.close();
});

test("a port where nobody listens is critical at once", async () => {
  const { socket, address } = await service(false);
  socket.close();
  await once(socket, "close");
  const result = await checkUdp({ ...method, address, timeoutMs: 60_000 });
  expect(result).toEqual({ status: "critical", output: `udp ${address}: connection refused` });
});
