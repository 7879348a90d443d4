import { createTestCa, eventually, issueCertificate, startTlsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { type GatewayServiceRow, IN_DATACENTER_MS, startHttpServer } from "../src/index.ts";
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

type Rows = ReadonlyMap<string, GatewayServiceRow>;

/** Looks at the rows of the gateway, by service, until they are as expected: they follow from what was written. */
function rowsBecome(gateway: string, asExpected: (rows: Rows) => void): Promise<void> {
  const look = async () => {
    const found = (await facts().mesh.agent.gatewayServices(gateway)) ?? [];
    asExpected(new Map(found.map((row) => [row.Service.Name, row])));
  };
  return eventually(look, { timeoutMs: IN_DATACENTER_MS });
}

const expectRow = (service: string, alive: boolean) => (rows: Rows) => expect(rows.has(service)).toBe(alive);

test("an unknown gateway has no services, and the answer is null", async () => {
  expect(await facts().mesh.agent.gatewayServices("nobody")).toBeNull();
});

test('"*" links every service that is registered, with its TLS settings', async () => {
  const { gateway, web, caFile } = facts();
  await using _server = await startOutside("linked");
  await gateway.link({ Name: "*", CAFile: caFile, SNI: "every.example" });
  await rowsBecome(gateway.name, (rows) => {
    expect(rows.get("linked")).toMatchObject({ FromWildcard: true, CAFile: caFile, SNI: "every.example" });
    expect(rows.has("*")).toBe(false);
    expect(rows.has("web-sidecar-proxy")).toBe(false);
    expect(rows.has(gateway.name)).toBe(false);
  });
  expect(await callSoon(web.upstream("linked"))).toMatchObject({ server: "linked", serverName: "every.example" });
});

test('a specific link replaces what "*" says altogether: no TLS setting is inherited', async () => {
  const { gateway, web, caFile, mesh } = facts();
  await using server = await startHttpServer("overridden");
  await mesh.agent.registerExternal({ service: "overridden", port: server.port });
  await gateway.link({ Name: "*", CAFile: caFile, SNI: "every.example" }, { Name: "overridden" });
  await rowsBecome(gateway.name, (rows) => {
    const row = rows.get("overridden");
    expect(row).toBeDefined();
    expect(row).not.toHaveProperty("FromWildcard");
    expect(row).not.toHaveProperty("CAFile");
    expect(row).not.toHaveProperty("SNI");
  });
  expect(await callSoon(web.upstream("overridden"))).toMatchObject({ server: "overridden", tlsVersion: null });
  await gateway.unlink("overridden");
});

test('a service that "*" links goes with its last instance, and comes back with its next', async () => {
  const { gateway, web, caFile, mesh } = facts();
  await gateway.link({ Name: "*", CAFile: caFile, SNI: "every.example" });
  await using _server = await startOutside("comes-and-goes");
  const connect = () => mesh.agent.get<readonly unknown[]>("/v1/health/connect/comes-and-goes");
  await callSoon(web.upstream("comes-and-goes"));
  await eventually(async () => expect(await connect()).toHaveLength(1));

  await mesh.agent.deregisterExternal("comes-and-goes");
  await refusedSoon(web.upstream("comes-and-goes"));
  await rowsBecome(gateway.name, expectRow("comes-and-goes", false));
  await eventually(async () => expect(await connect()).toEqual([]));

  await using _next = await startOutside("comes-and-goes");
  expect(await callSoon(web.upstream("comes-and-goes"))).toMatchObject({ server: "comes-and-goes" });
  await rowsBecome(gateway.name, (rows) => expect(rows.get("comes-and-goes")).toMatchObject({ FromWildcard: true }));
});

test("a specific link outlasts the service's last instance", async () => {
  const { gateway, web, caFile, mesh } = facts();
  await using _server = await startOutside("kept");
  await gateway.link({ Name: "kept", CAFile: caFile, SNI: "every.example" });
  await callSoon(web.upstream("kept"));
  await mesh.agent.deregisterExternal("kept");
  await refusedSoon(web.upstream("kept"));
  await rowsBecome(gateway.name, expectRow("kept", true));
  await eventually(async () => {
    await refusedSoon(web.upstream("kept"));
    const [latest] = (await gateway.admin.refusals()).filter(({ destination }) => destination === "kept");
    expect(latest?.reason).toBe("kept has no instance");
  });

  await using _next = await startOutside("kept");
  await callSoon(web.upstream("kept"));
});

test("a link may be written before the service is registered", async () => {
  const { gateway, web, caFile } = facts();
  await gateway.link({ Name: "late", CAFile: caFile, SNI: "every.example" });
  await rowsBecome(gateway.name, expectRow("late", true));
  await using _server = await startOutside("late");
  expect(await callSoon(web.upstream("late"))).toMatchObject({ server: "late" });
});

test('without "*" what it linked is linked no more', async () => {
  const { gateway, web } = facts();
  await using _server = await startOutside("linked");
  await callSoon(web.upstream("linked"));
  await gateway.unlink("*");
  await refusedSoon(web.upstream("linked"));
  await rowsBecome(gateway.name, expectRow("linked", false));
});
