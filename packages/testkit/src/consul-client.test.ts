import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { type CertificateRequest, createTestCa, issueCertificate, type KeyedCertificate } from "./certificates.ts";
import { type ConsulIdentity, dialAsConsul, resolveAsConsul } from "./consul-client.ts";
import { type ListeningServer, listen } from "./listening-server.ts";

const ca = await createTestCa();
const intermediate = await createTestCa({ commonName: "Intermediate", ca });
const stranger = await createTestCa({ commonName: "Stranger" });
const uriOf = (service: string, datacenter = "dc1", trustDomain = "1.consul") =>
  `spiffe://${trustDomain}/ns/default/dc/${datacenter}/svc/${service}`;
const client = await issueCertificate({ ca, commonName: "web", uris: [uriOf("web")] });
const identity: ConsulIdentity = { ...client, roots: [ca.cert] };

type Seen = { readonly serverName: string | false | null; readonly protocol: string | false | null };

/** A server that presents a certificate, and notes what its clients asked for. */
async function startServer(presented: KeyedCertificate): Promise<ListeningServer & { readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer({ ...presented, ca: ca.cert, requestCert: true, ALPNProtocols: ["http/1.1", "h2"] });
  server.on("secureConnection", (socket: TLSSocket & { readonly servername?: string | false }) => {
    seen.push({ serverName: socket.servername ?? null, protocol: socket.alpnProtocol });
    socket.end("hello");
  });
  return { ...(await listen(server)), seen };
}

type Case = { readonly name: string; readonly request?: Partial<CertificateRequest>; readonly refused?: RegExp };

const cases: readonly Case[] = [
  { name: "the service's own URI" },
  { name: "serverAuth alone", request: { extendedKeyUsage: ["serverAuth"] } },
  { name: "clientAuth alone", request: { extendedKeyUsage: ["clientAuth"] }, refused: /purpose/ },
  { name: "another trust domain", request: { uris: [uriOf("db", "dc1", "2.consul")] } },
  { name: "another case", request: { uris: [uriOf("DB")] } },
  { name: "the right URI first", request: { uris: [uriOf("db"), uriOf("api")] } },
  { name: "the right URI second", request: { uris: [uriOf("api"), uriOf("db")] }, refused: /got .*svc\/api, want/ },
  { name: "another service", request: { uris: [uriOf("api")] }, refused: /peer certificate mismatch/ },
  { name: "another datacenter", request: { uris: [uriOf("db", "dc2")] }, refused: /peer certificate mismatch/ },
  { name: "only DNS names", request: { uris: [], dnsNames: ["db"] }, refused: /got no URI/ },
  { name: "no alternative name", request: { uris: [] }, refused: /got no URI/ },
  { name: "an unknown root", request: { ca: stranger }, refused: /unable to|self-signed/ },
  { name: "a chain without its intermediate", request: { ca: intermediate }, refused: /unable to/ },
];

for (const { name, request, refused } of cases) {
  test(`a certificate with ${name} is ${refused === undefined ? "accepted" : "refused"}`, async () => {
    const presented = await issueCertificate({ ca, commonName: "db", uris: [uriOf("db")], ...request });
    await using server = await startServer(presented);
    const socket = dialAsConsul({ ...server, datacenter: "dc1", service: "db" }, identity);
    const greeted = once(socket, "data");
    if (refused !== undefined) return await expect(greeted).rejects.toThrow(refused);
    const [greeting] = await greeted;
    expect(String(greeting)).toBe("hello");
    expect(server.seen).toEqual([{ serverName: false, protocol: "h2" }]);
    socket.destroy();
  });
}

/** An agent that answers everything with this. */
async function startAgent(answer: unknown): Promise<ListeningServer & { readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(JSON.stringify(answer));
  });
  return { ...(await listen(server)), asked };
}

const Node = { Address: "10.0.0.1", Datacenter: "dc1" };

test("resolves to who takes mesh connections, passing only, and to their node's address where they have none", async () => {
  const sidecar = { Service: "db-proxy", Address: "", Port: 1, Proxy: { DestinationServiceName: "db" } };
  const native = { Service: "db", Address: "10.0.0.2", Port: 2, Proxy: {}, Connect: { Native: true } };
  await using agent = await startAgent([
    { Node, Service: sidecar },
    { Node, Service: native },
  ]);
  expect(await resolveAsConsul(`http://127.0.0.1:${agent.port}`, "db")).toEqual([
    { host: "10.0.0.1", port: 1, datacenter: "dc1", service: "db" },
    { host: "10.0.0.2", port: 2, datacenter: "dc1", service: "db" },
  ]);
  expect(agent.asked).toEqual(["/v1/health/connect/db?connect=true&passing=1&stale="]);
});

test("cannot make anything of an entry that does not say for whom it stands", async () => {
  const gateway = { Service: "tgw", Address: "", Port: 8443, Proxy: {} };
  await using agent = await startAgent([{ Node, Service: gateway }]);
  const resolved = resolveAsConsul(`http://127.0.0.1:${agent.port}`, "db");
  await expect(resolved).rejects.toThrow("tgw is not a valid connect service");
});
