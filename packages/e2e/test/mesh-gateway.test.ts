import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { Admin, dialMesh, IN_DATACENTER_MS, openTcp, reservePort } from "../src/index.ts";
import { shared } from "./support.ts";

const facts = shared(async () => ({}));

/** Registers and starts a mesh gateway by the command line. */
async function startMeshGateway(name: string, ...more: readonly string[]) {
  const port = await reservePort();
  const args = ["-gateway=mesh", "-register", "-service", name, "-address", `127.0.0.1:${port}`, ...more];
  const program = await facts().mesh.startConnect(name, "envoy", ...args);
  return {
    port,
    program,
    admin: new Admin(() => program.adminAddress),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** Talks by mutual TLS to a service through the gateway at `port`, as soon as that has a route. */
async function echoThrough(port: number, service: string): Promise<void> {
  const { mesh } = facts();
  const [identity, trust] = [await mesh.identity("web"), await mesh.trust()];
  await eventually(
    async () => {
      using conversation = dialMesh({ port, identity, trust, service });
      await conversation.echo("hello");
      const uri = `spiffe://${trust.trustDomain}/ns/default/dc/dc1/svc/${service}`;
      expect(conversation.socket.getPeerX509Certificate()?.subjectAltName).toBe(`URI:${uri}`);
    },
    { timeoutMs: IN_DATACENTER_MS },
  );
}

test("a mesh gateway without services listens all the same, and is in the catalog with both its addresses", async () => {
  await using gateway = await startMeshGateway("idle-gateway", "-wan-address", "gateway.example.com:443");
  expect(gateway.program.output()).toContain("Registered service: idle-gateway");
  using conversation = await openTcp(gateway.port);
  expect(conversation.socket.readyState).toBe("open");
  expect(await gateway.admin.routes()).toMatchObject({ listeners: [{ name: "default", bound: true }] });
  expect(await facts().mesh.agent.get("/v1/catalog/service/idle-gateway")).toMatchObject([
    {
      ServiceKind: "mesh-gateway",
      ServicePort: gateway.port,
      ServiceTaggedAddresses: {
        lan: { Address: "127.0.0.1", Port: gateway.port },
        wan: { Address: "gateway.example.com", Port: 443 },
      },
    },
  ]);
});

test("a mesh gateway reaches services by their sidecars, and those outside the mesh by a terminating gateway", async () => {
  const { mesh } = facts();
  await using echo = await startTcpEcho();
  await using _api = await mesh.startSidecar("api", { port: echo.port });
  await using terminating = await mesh.startTerminatingGateway("outside");
  await mesh.agent.registerExternal({ service: "db", port: echo.port });
  await terminating.link({ Name: "db" });
  await using gateway = await startMeshGateway("gateway-dc1", "-bind-address", `all=127.0.0.1:${await reservePort()}`);

  const [listener] = (await gateway.admin.routes()).listeners;
  expect(listener).toMatchObject({ name: "all", bound: true });
  for (const service of ["api", "db"]) await echoThrough(listener?.port ?? 0, service);
  expect(await gateway.admin.leaves()).toEqual([]);
});

test("a mesh gateway exposes no servers", async () => {
  const refused = await facts().mesh.causeway("connect", "envoy", "-gateway=mesh", "-register", "-expose-servers");
  expect(refused).toMatchObject({ status: 1, err: expect.stringContaining("not reached through gateways") });
});
