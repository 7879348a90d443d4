import { join } from "node:path";
import { createTestCa, freePort, issueCertificate, startTlsServer, temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { startStandIn } from "../test/run-here.ts";
import { AgentClient } from "./agent-client.ts";

test("says which datacenter and which token, and asks for stale answers only where it reads", async () => {
  await using agent = await startStandIn(() => ({ body: [] }));
  await using files = await temporaryDirectory();
  const tokenFile = await files.write("token", "s3cret\n");
  const client = new AgentClient({ httpAddr: agent.address, tokenFile, datacenter: "dc2", stale: true }, {});
  await client.ask("GET", "/v1/catalog/nodes?near=_agent");
  await client.ask("PUT", "/v1/config?cas=1", { Kind: "mesh" });
  expect(agent.asked.map(({ request }) => request)).toEqual([
    "GET /v1/catalog/nodes?near=_agent&dc=dc2&stale=",
    "PUT /v1/config?cas=1&dc=dc2",
  ]);
  expect(agent.asked.map(({ headers }) => headers["x-consul-token"])).toEqual(["s3cret", "s3cret"]);
  expect(agent.asked[1]?.body).toBe('{"Kind":"mesh"}');
});

test("reaches an agent at a unix socket", async () => {
  await using files = await temporaryDirectory();
  await using agent = await startStandIn(() => ({ body: "yes" }), join(files.path, "agent.sock"));
  const client = new AgentClient({}, { CONSUL_HTTP_ADDR: agent.address, CONSUL_HTTP_AUTH: "me:pass" });
  expect(await client.ask("GET", "/v1/status/leader")).toMatchObject({ status: 200, text: "yes" });
  expect(agent.asked[0]?.headers["authorization"]).toBe(`Basic ${Buffer.from("me:pass").toString("base64")}`);
});

describe("an agent on HTTPS", async () => {
  const ca = await createTestCa();
  const server = await issueCertificate({ ca, commonName: "agent", dnsNames: ["server.dc1.consul"] });
  const client = await issueCertificate({ ca, commonName: "operator" });

  test("is checked by the CA and the name that are given, and shown the client's certificate", async () => {
    await using files = await temporaryDirectory();
    await using agent = await startTlsServer({ ...server, clientCa: ca.cert, requireClientCertificate: true });
    await files.write("cas/ca.pem", ca.cert);
    const env = {
      CONSUL_HTTP_ADDR: `127.0.0.1:${agent.port}`,
      CONSUL_HTTP_SSL: "true",
      CONSUL_CAPATH: join(files.path, "cas"),
      CONSUL_CLIENT_CERT: await files.write("client.pem", client.cert),
      CONSUL_CLIENT_KEY: await files.write("client-key.pem", client.key),
      CONSUL_TLS_SERVER_NAME: "server.dc1.consul",
    };
    const seen = await new AgentClient({}, env).json("GET", "/v1/agent/self");
    expect(seen).toMatchObject({ clientCommonName: "operator", clientAuthorized: true, path: "/v1/agent/self" });
  });

  test.each([
    { fact: "a CA that is not known", flags: {}, remedy: "-ca-file" },
    { fact: "a name that its certificate does not have", flags: { caFile: "ca.pem" }, remedy: "-tls-server-name" },
  ])("$fact is told with the flag that helps", async ({ flags, remedy }) => {
    await using files = await temporaryDirectory();
    await using agent = await startTlsServer(server);
    await files.write("ca.pem", ca.cert);
    const located = "caFile" in flags ? { caFile: join(files.path, flags.caFile) } : {};
    const asked = new AgentClient({ httpAddr: `https://127.0.0.1:${agent.port}`, ...located }, {}).ask("GET", "/");
    await expect(asked).rejects.toThrow(remedy);
  });

  test("is not mistaken for one on HTTP, nor the other way round", async () => {
    await using agent = await startTlsServer(server);
    await using plain = await startStandIn(() => ({}));
    const ask = (httpAddr: string) => new AgentClient({ httpAddr }, {}).ask("GET", "/");
    await expect(ask(`127.0.0.1:${agent.port}`)).rejects.toThrow("It may speak HTTPS");
    await expect(ask(`https://${plain.address}`)).rejects.toThrow(/: wrong version number\nIt may speak plain HTTP/);
  });

  test("is trusted blindly where CONSUL_HTTP_SSL_VERIFY is false", async () => {
    await using agent = await startTlsServer(server);
    const env = { CONSUL_HTTP_SSL_VERIFY: "false", CONSUL_HTTP_ADDR: `https://127.0.0.1:${agent.port}` };
    expect(await new AgentClient({}, env).ask("GET", "/")).toMatchObject({ status: 200 });
  });
});

test("files that cannot be read and agents that do not answer are named", async () => {
  const port = await freePort();
  const ask = (flags: Record<string, string>) =>
    new AgentClient({ httpAddr: `127.0.0.1:${port}`, ...flags }, {}).ask("GET", "/");
  await expect(ask({ tokenFile: "/nowhere" })).rejects.toThrow(/^Error loading token: .*\/nowhere/);
  await expect(ask({ caPath: "/nowhere" })).rejects.toThrow(/^Error loading CA folder: .*\/nowhere/);
  await expect(ask({})).rejects.toThrow(`no agent answers at http://127.0.0.1:${port}: connect ECONNREFUSED`);
});
