import { createServer, type Socket } from "node:net";
import { eventually, listen } from "@causeway/testkit";
import { expect, test } from "vitest";
import { intentions, openTcp, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import { directListener, endpointAt, onEachEngine, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

function publicTable(port: number, action: "allow" | "deny") {
  const authorization = {
    destination: "db",
    intentions: [intentions("db", { web: action })],
    defaultAction: "deny",
  } as const;
  return tableOf(directListener(routeTo([endpointAt(port)], { inbound: { kind: "mtls", leaf: "db", authorization } })));
}

function upstreamTable(port: number) {
  const outbound = {
    kind: "mesh",
    leaf: "web",
    serverName: serverNameOf("db"),
    spiffeIds: [spiffeIdOf("db")],
  } as const;
  return tableOf(directListener(routeTo([endpointAt(port)], { outbound })));
}

/** An application, its sidecar, the sidecar of a service, and the service, which keeps its connections to look at. */
async function startLine(action: "allow" | "deny" = "allow") {
  const mesh = await TestMesh.create();
  await mesh.give("web");
  await mesh.give("db");
  const services: { socket: Socket; error?: NodeJS.ErrnoException }[] = [];
  const server = await listen(
    createServer({ allowHalfOpen: true }, (socket) => {
      const service: (typeof services)[number] = { socket };
      services.push(service);
      socket.on("error", (error) => {
        service.error = error;
      });
      socket.on("data", (chunk) => socket.write(chunk));
    }),
  );
  const far = await startTestProxy(publicTable(server.port, action), { identities: mesh });
  const near = await startTestProxy(upstreamTable(far.port()), { identities: mesh });
  const application = await openTcp(near.port());
  if (action === "allow") {
    application.socket.write("hello");
    await application.until("hello");
  }
  return {
    near,
    far,
    server,
    application,
    service: services[0] as (typeof services)[number],
    async [Symbol.asyncDispose]() {
      application.socket.destroy();
      await near[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

onEachEngine(() => {
  test("an application that only listens learns of it when the far sidecar cuts it off", async () => {
    await using line = await startLine();
    await line.far.proxy.swap(publicTable(line.server.port, "deny"));
    await line.application.closed;
    expect(line.application.error?.code).toBe("ECONNRESET");
    expect(await line.far.nextRecord()).toMatchObject({ outcome: "NO_LONGER_ALLOWED" });
    expect(await line.near.nextRecord()).toMatchObject({
      outcome: "UPSTREAM_RESET",
      reason: expect.stringContaining("ECONNRESET"),
    });
    await eventually(() => expect(line.near.proxy.connections()).toEqual([]));
  });

  test("a reset of the application reaches the service across the mesh", async () => {
    await using line = await startLine();
    line.application.socket.resetAndDestroy();
    await eventually(() => expect(line.service.error?.code).toBe("ECONNRESET"));
    expect(await line.far.nextRecord()).toMatchObject({ outcome: "CLIENT_RESET" });
  });

  test("a reset of the service reaches the application across the mesh", async () => {
    await using line = await startLine();
    line.service.socket.resetAndDestroy();
    await line.application.closed;
    expect(line.application.error?.code).toBe("ECONNRESET");
  });

  test("an application that only listens learns of it when the far sidecar turns it away", async () => {
    await using line = await startLine("deny");
    await line.application.closed;
    expect(line.application.error?.code).toBe("ECONNRESET");
    expect(await line.far.nextRecord()).toMatchObject({ outcome: "DENIED" });
  });

  test("an end of one direction stays one across the mesh", async () => {
    await using line = await startLine();
    line.application.socket.end(" and goodbye");
    await line.application.until("hello and goodbye");
    line.service.socket.end(" at last");
    await line.application.closed;
    expect(line.application.text).toBe("hello and goodbye at last");
    expect(await line.near.nextRecord()).toMatchObject({ outcome: "CARRIED" });
    expect(await line.far.nextRecord()).toMatchObject({ outcome: "CARRIED" });
  });
});
