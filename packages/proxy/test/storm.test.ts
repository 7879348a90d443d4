import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { RouteTable } from "@causeway/routes";
import { captureClientHello, eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { type Client, intentions, openTcp, openTls, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import { directListener, endpointAt, routeTo, sniListener, startTestProxy, tableOf } from "./proxy.fixture.ts";

/** Numbers below `limit` that look random and are the same each time. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function gatewayTable(port: number, action: "allow" | "deny"): RouteTable {
  const authorization = {
    destination: "db",
    intentions: [intentions("db", { web: action })],
    defaultAction: "deny",
  } as const;
  return tableOf(
    sniListener({
      [serverNameOf("db")]: routeTo([endpointAt(port)], { inbound: { kind: "mtls", leaf: "db", authorization } }),
    }),
  );
}

function sidecarTable(port: number): RouteTable {
  const outbound = {
    kind: "mesh",
    leaf: "web",
    serverName: serverNameOf("db"),
    spiffeIds: [spiffeIdOf("db")],
  } as const;
  return tableOf(directListener(routeTo([endpointAt(port)], { outbound })));
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

test("clients that misbehave at every moment, while policy, leaves and roots change, neither stop a proxy nor leave anything behind", async () => {
  const mesh = await TestMesh.create();
  await mesh.give("web");
  await mesh.give("db");
  await using echo = await startTcpEcho();
  await using gateway = await startTestProxy(gatewayTable(echo.port, "allow"), {
    identities: mesh,
    limits: { handshakeTimeoutMs: 500, helloTimeoutMs: 500 },
  });
  await using sidecar = await startTestProxy(sidecarTable(gateway.port()), { identities: mesh });
  const hello = await captureClientHello(serverNameOf("db"));
  const roll = dice(42);

  const clients: Client<Socket>[] = [];
  async function misbehave(): Promise<void> {
    const direct = roll(3);
    const client =
      direct === 0
        ? await openTcp(gateway.port())
        : direct === 1
          ? await openTcp(sidecar.port())
          : openTls(gateway.port(), mesh.client(await mesh.issue("web"), { servername: serverNameOf("db") }));
    clients.push(client);
    await turns(roll(20));
    if (direct === 0) client.socket.write(roll(2) === 0 ? hello.subarray(0, roll(hello.length)) : hello);
    else client.socket.write(Buffer.alloc(roll(200_000)));
    await turns(roll(20));
    if (direct === 0) client.socket.write(Buffer.alloc(roll(1_000)));
    const end = roll(4);
    if (end === 0) client.socket.destroy();
    else if (end === 1) client.socket.end();
    else if (end === 2 && direct !== 2) client.socket.resetAndDestroy();
    await turns(roll(20));
    client.socket.destroy();
  }

  async function upheaval(round: number): Promise<void> {
    await gateway.proxy.swap(gatewayTable(echo.port, round % 2 === 0 ? "deny" : "allow"));
    if (round % 3 === 0) await mesh.give("db");
    if (round % 5 === 0) {
      await mesh.rotate();
      if (round % 10 === 0) mesh.withdraw();
      await mesh.give("web");
      await mesh.give("db");
      gateway.proxy.recheck();
      sidecar.proxy.recheck();
    }
    await turns(roll(10));
  }

  for (let round = 0; round < 30; round++) {
    await Promise.all([...Array.from({ length: 20 }, misbehave), upheaval(round)]);
  }
  for (const client of clients) client.socket.destroy();
  await gateway.proxy.swap(gatewayTable(echo.port, "allow"));

  await eventually(() => {
    expect(gateway.proxy.connections()).toEqual([]);
    expect(sidecar.proxy.connections()).toEqual([]);
    expect(echo.openConnections()).toBe(0);
  });
  expect(gateway.records.filter(({ outcome }) => outcome === "INTERNAL")).toEqual([]);
  expect(sidecar.records.filter(({ outcome }) => outcome === "INTERNAL")).toEqual([]);
  expect(await (await openTcp(sidecar.port())).ask("still here")).toBe("still here");
});
