import { createTestCa, eventually, issueCertificate, startTlsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { IN_DATACENTER_MS, startHttpServer } from "../src/index.ts";
import { callSoon, refusedSoon, shared } from "./support.ts";

const facts = shared(async (mesh, resources) => {
  const files = resources.use(await temporaryDirectory());
  const ca = await createTestCa({ commonName: "Outside CA" });
  const caFile = await files.write("ca.pem", ca.cert);
  const gateway = resources.use(await mesh.startTerminatingGateway("wild-gateway"));
  const upstreams = ["linked", "overridden", "comes-and-goes", "kept", "late"];
  const web = resources.use(await mesh.startSidecar("web", { upstreams }));
  return { ca, caFile, gateway, web };
});

/** An HTTPS service outside the mesh, registered. */
async function startOutside(service: string) {
  const { ca, mesh } = facts();
  const certificate = await issueCertificate({ ca, commonName: service, dnsNames: ["every.example"] });
  const server = await startTlsServer({ ...certificate, name: service });
  await mesh.agent.registerExternal({ service, port: server.port });
  return server;
}

/** The rows of the gateway by service. */
async function rows(gateway: string) {
  const found = (await facts().mesh.agent.gatewayServices(gateway)) ?? [];
  return new Map(found.map((row) => [row.Service.Name, row]));
}

test("an unknown gateway has no services, and the answer is null", async () => {
  expect(await facts().mesh.agent.gatewayServices("nobody")).toBeNull();
});

test('"*" links every service that is registered, with its TLS settings', async () => {
  const { gateway, web, caFile } = facts();
  await using _server = await startOutside("linked");
  await gateway.link({ Name: "*", CAFile: caFile, SNI: "every.example" });
  const found = await rows(gateway.name);
  expect(found.get("linked")).toMatchObject({ FromWildcard: true, CAFile: caFile, SNI: "every.example" });
  expect(found.has("*")).toBe(false);
  expect(found.has("web-sidecar-proxy")).toBe(false);
  expect(found.has(gateway.name)).toBe(false);
  expect(await callSoon(web.upstream("linked"))).toMatchObject({ server: "linked", serverName: "every.example" });
});

test('a specific link replaces what "*" says altogether: no TLS setting is inherited', async () => {
  const { gateway, web, caFile, mesh } = facts();
  await using server = await startHttpServer("overridden");
  await mesh.agent.registerExternal({ service: "overridden", port: server.port });
  await gateway.link({ Name: "*", CAFile: caFile, SNI: "every.example" }, { Name: "overridden" });
  const row = (await rows(gateway.name)).get("overridden");
  expect(row).not.toHaveProperty("FromWildcard");
  expect(row).not.toHaveProperty("CAFile");
  expect(row).not.toHaveProperty("SNI");
  expect(await callSoon(web.upstream("overridden"))).toMatchObject({ server: "overridden", tlsVersion: null });
  await gateway.unlink("overridden");
});

test('a service that "*" links goes with its last instance, and comes back with its next', async () => {
  const { gateway, web, caFile, mesh } = facts();
  await gateway.link({ Name: "*", CAFile: caFile, SNI: "every.example" });
  await using _server = await startOutside("comes-and-goes");
  const connect = () => mesh.agent.get<readonly unknown[]>("/v1/health/connect/comes-and-goes");
  await callSoon(web.upstream("comes-and-goes"));
  expect(await connect()).toHaveLength(1);

  await mesh.agent.deregisterExternal("comes-and-goes");
  await refusedSoon(web.upstream("comes-and-goes"));
  await eventually(
    async () => {
      expect((await rows(gateway.name)).has("comes-and-goes")).toBe(false);
      expect(await connect()).toEqual([]);
    },
    { timeoutMs: IN_DATACENTER_MS },
  );

  await using _next = await startOutside("comes-and-goes");
  expect(await callSoon(web.upstream("comes-and-goes"))).toMatchObject({ server: "comes-and-goes" });
  expect((await rows(gateway.name)).get("comes-and-goes")).toMatchObject({ FromWildcard: true });
});

test("a specific link outlasts the service's last instance", async () => {
  const { gateway, web, caFile, mesh } = facts();
  await using _server = await startOutside("kept");
  await gateway.link({ Name: "kept", CAFile: caFile, SNI: "every.example" });
  await callSoon(web.upstream("kept"));
  await mesh.agent.deregisterExternal("kept");
  await refusedSoon(web.upstream("kept"));
  expect((await rows(gateway.name)).has("kept")).toBe(true);
  const { reason } = await gateway.admin.refusal(({ destination }) => destination === "kept");
  expect(reason).toBe("kept has no instance");

  await using _next = await startOutside("kept");
  await callSoon(web.upstream("kept"));
});

test("a link may be written before the service is registered", async () => {
  const { gateway, web, caFile } = facts();
  await gateway.link({ Name: "late", CAFile: caFile, SNI: "every.example" });
  expect((await rows(gateway.name)).has("late")).toBe(true);
  await using _server = await startOutside("late");
  expect(await callSoon(web.upstream("late"))).toMatchObject({ server: "late" });
});

test('without "*" what it linked is linked no more', async () => {
  const { gateway, web } = facts();
  await using _server = await startOutside("linked");
  await callSoon(web.upstream("linked"));
  await gateway.unlink("*");
  await refusedSoon(web.upstream("linked"));
  expect((await rows(gateway.name)).has("linked")).toBe(false);
});
