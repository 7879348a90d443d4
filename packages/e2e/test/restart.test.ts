import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { serviceServerName } from "@causeway/model";
import { captureClientHello, eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { LOOPBACK, startMesh } from "../src/index.ts";

/** So many connections follow one another at a time. */
const AT_ONCE = 4;

/** Whoever is sent a hello by a gateway sends it back here. */
async function exchange(port: number, hello: Buffer): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  socket.end(hello);
  expect((await buffer(socket)).equals(hello)).toBe(true);
}

test("a mesh gateway is replaced under load, and no connection is refused or reset", async () => {
  await using mesh = await startMesh();
  await using echo = await startTcpEcho();
  await mesh.agent.put("/v1/catalog/register", {
    Node: "outside",
    Address: "127.0.0.1",
    Service: { Service: "echo", Port: echo.port, Connect: { Native: true } },
  });
  const place = { ...LOOPBACK, within: ["env", "CAUSEWAY_SHARE_PORTS=true"] };
  await using gateway = await mesh.startMeshGateway("gateway", { place });
  const { trustDomain } = await mesh.trust();
  const hello = await captureClientHello(serviceServerName({ service: "echo", datacenter: "dc1", trustDomain }));
  await eventually(() => exchange(gateway.port, hello));

  let served = 0;
  let stopped = false;
  const client = async () => {
    for (; !stopped; served++) await exchange(gateway.port, hello);
  };
  const load = Promise.all(Array.from({ length: AT_ONCE }, client));
  const { pid } = gateway.program;
  await Promise.race([gateway.program.replace(), load]);
  expect(gateway.program.pid).not.toBe(pid);
  const before = served;
  await eventually(() => expect(served).toBeGreaterThan(before + 100));
  stopped = true;
  await load;
}, 120_000);
