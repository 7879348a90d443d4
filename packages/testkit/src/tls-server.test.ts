import { once } from "node:events";
import { Agent, type RequestOptions, request } from "node:https";
import { json } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createTestCa, issueCertificate } from "./certificates.ts";
import { eventually } from "./eventually.ts";
import { type SeenRequest, startTlsServer } from "./tls-server.ts";

const ca = await createTestCa();
const stranger = await createTestCa({ commonName: "Stranger" });
const identity = await issueCertificate({ ca, commonName: "api", dnsNames: ["api.acme.test"] });
const client = await issueCertificate({ ca, commonName: "gateway", extendedKeyUsage: ["clientAuth"] });
const impostor = await issueCertificate({ ca: stranger, commonName: "gateway", extendedKeyUsage: ["clientAuth"] });

async function get(
  server: { readonly port: number },
  path: string,
  options: RequestOptions = {},
): Promise<SeenRequest> {
  const tls = { ca: ca.cert, servername: "api.acme.test", agent: new Agent({ keepAlive: false }) };
  const sent = request({ host: "127.0.0.1", port: server.port, path, ...tls, ...options });
  sent.end();
  const [response] = await once(sent, "response");
  return (await json(response)) as SeenRequest;
}

test("the answer tells what the server saw", async () => {
  await using server = await startTlsServer({ ...identity, name: "api-1" });
  const seen = await get(server, "/hello", { method: "PUT", headers: { host: "shop" } });
  expect(seen).toEqual({
    server: "api-1",
    method: "PUT",
    path: "/hello",
    host: "shop",
    serverName: "api.acme.test",
    clientCommonName: null,
    clientAuthorized: false,
    tlsVersion: "TLSv1.3",
  });
  expect(server.requests).toEqual([seen]);
});

test("a client without SNI is seen without", async () => {
  await using server = await startTlsServer(identity);
  expect((await get(server, "/", { servername: "", checkServerIdentity: () => undefined })).serverName).toBe(null);
});

test("a client certificate is seen, be it good or not, where none is required", async () => {
  await using server = await startTlsServer({ ...identity, clientCa: ca.cert });
  const none = { clientCommonName: null, clientAuthorized: false };
  expect(await get(server, "/")).toMatchObject(none);
  expect(await get(server, "/", client)).toMatchObject({ clientCommonName: "gateway", clientAuthorized: true });
  expect(await get(server, "/", impostor)).toMatchObject({ clientCommonName: "gateway", clientAuthorized: false });
});

test("only a good client certificate passes where one is required", async () => {
  await using server = await startTlsServer({ ...identity, clientCa: ca.cert, requireClientCertificate: true });
  expect(await get(server, "/", client)).toMatchObject({ clientCommonName: "gateway", clientAuthorized: true });
  await expect(get(server, "/")).rejects.toThrow();
  await expect(get(server, "/", impostor)).rejects.toThrow();
  expect(server.requests).toHaveLength(1);
  await eventually(() => expect(server.failedHandshakes).toHaveLength(2));
});
