import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Outbound } from "@causeway/routes";
import {
  type CertificateRequest,
  createTestCa,
  issueCertificate,
  type KeyedCertificate,
  type ListeningServer,
  listen,
  startTcpEcho,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ofLeaf, openTcp, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import { directListener, endpointAt, onEachEngine, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

const HOUR_MS = 3_600_000;

let ca: KeyedCertificate;
let otherCa: KeyedCertificate;
let directory: TemporaryDirectory;

beforeAll(async () => {
  ca = await createTestCa({ commonName: "Company CA" });
  otherCa = await createTestCa({ commonName: "Other CA" });
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

/** Writes a file and gives its path. */
async function fileOf(name: string, contents: string): Promise<string> {
  const path = `${directory.path}/${name}`;
  await writeFile(path, contents);
  return path;
}

/** A TLS echo server; it says what server name it was asked for when it is sent `sni?`. */
function startTlsEcho(options: TlsOptions): Promise<ListeningServer> {
  const server = createTlsServer({ ...options, allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      socket.write(chunk.toString() === "sni?" ? String((socket as { servername?: unknown }).servername) : chunk);
    });
    socket.on("end", () => socket.end());
  });
  return listen(server);
}

function onward(port: number, outbound: Outbound) {
  return tableOf(directListener(routeTo([endpointAt(port)], { outbound })));
}

function certificate(request: Partial<CertificateRequest> = {}) {
  return issueCertificate({ ca, commonName: "external", dnsNames: ["api.example", "www.example"], ...request });
}

onEachEngine((engine) => {
  describe("TLS to a service outside the mesh", () => {
    test("is begun with the server name, whose certificate is checked", async () => {
      await using server = await startTlsEcho(await certificate());
      const outbound = { kind: "tls", caFile: await fileOf("ca.pem", ca.cert), serverName: "api.example" } as const;
      await using under = await startTestProxy(onward(server.port, outbound));
      expect(under.proxy.boundEngine("public")).toBe(engine);
      expect(await (await openTcp(under.port())).ask("sni?")).toBe("api.example");
      expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: 4, bytesToClient: 11 });
    });

    test("without a server name sends none and checks only the chain", async () => {
      await using server = await startTlsEcho(await certificate());
      await using under = await startTestProxy(
        onward(server.port, { kind: "tls", caFile: await fileOf("ca.pem", ca.cert) }),
      );
      expect(await (await openTcp(under.port())).ask("sni?")).toBe("false");
    });

    const names = [
      { name: "a wildcard for one label", names: { dnsNames: ["*.example"] }, serverName: "api.example" },
      { name: "an IP address", names: { ipAddresses: ["127.0.0.1"] }, serverName: "127.0.0.1" },
      {
        name: "an IPv6 address, however it is spelled",
        names: { ipAddresses: ["2001:db8::1"] },
        serverName: "2001:0db8:0:0::1",
      },
      { name: "a URI", names: { dnsNames: [], uris: ["https://api.example/x"] }, serverName: "https://api.example/x" },
      { name: "another case", names: { dnsNames: ["API.Example"] }, serverName: "api.example" },
    ];
    for (const { name, names: request, serverName } of names) {
      test(`accepts a certificate by ${name}`, async () => {
        await using server = await startTlsEcho(await certificate(request));
        const outbound = { kind: "tls", caFile: await fileOf("ca.pem", ca.cert), serverName } as const;
        await using under = await startTestProxy(onward(server.port, outbound));
        expect(await (await openTcp(under.port())).ask("hello")).toBe("hello");
      });
    }

    const faults = [
      {
        name: "the wrong name, telling the right ones",
        server: () => certificate(),
        serverName: "db.example",
        reason: /certificate carries DNS:api\.example, DNS:www\.example; none is db\.example/,
      },
      {
        name: "a wildcard over two labels",
        server: () => certificate({ dnsNames: ["*.example"] }),
        serverName: "a.b.example",
        reason: /DNS:\*\.example; none is a\.b\.example/,
      },
      {
        name: "nothing but a common name, telling that it does not count",
        server: () => certificate({ commonName: "api.example", dnsNames: [] }),
        reason: /no alternative names, only the subject CN=api\.example, which does not count/,
      },
      {
        name: "a certificate that has expired, telling when",
        server: () =>
          certificate({ notBefore: new Date("2020-01-01T00:00:00Z"), notAfter: new Date("2021-02-03T04:05:06Z") }),
        reason: /CN=external expired at 2021-02-03T04:05:06\.000Z/,
      },
      {
        name: "a certificate that is not valid yet, telling from when",
        server: () =>
          certificate({ notBefore: new Date("2090-01-01T00:00:00Z"), notAfter: new Date("2091-01-01T00:00:00Z") }),
        reason: /CN=external is not valid before 2090-01-01T00:00:00\.000Z/,
      },
      {
        name: "an unknown CA, telling both",
        server: () => certificate({ ca: otherCa }),
        reason: /unknown CA: the certificate CN=external was issued by CN=Other CA, and that is not in .*ca\.pem/,
      },
      {
        name: "a certificate that is meant for clients",
        server: () => certificate({ extendedKeyUsage: ["clientAuth"] }),
        reason: /not meant for this use/,
      },
    ];
    for (const { name, server, serverName = "api.example", reason } of faults) {
      test(`refuses ${name}`, async () => {
        await using external = await startTlsEcho(await server());
        const outbound = { kind: "tls", caFile: await fileOf("ca.pem", ca.cert), serverName } as const;
        await using under = await startTestProxy(onward(external.port, outbound));
        const client = await openTcp(under.port());
        client.socket.write("secret");
        await client.ended;
        expect(await under.nextRecord()).toMatchObject({
          outcome: "UPSTREAM_TLS_FAILED",
          reason: expect.stringMatching(reason),
          blame: "upstream",
          bytesToUpstream: 0,
        });
      });
    }

    test("names an intermediate that has expired, not the leaf beneath it", async () => {
      const intermediate = await createTestCa({
        commonName: "Old Intermediate",
        ca,
        notBefore: new Date(Date.now() - 5 * HOUR_MS),
        notAfter: new Date(Date.now() - HOUR_MS),
      });
      const leaf = await certificate({ ca: intermediate });
      await using server = await startTlsEcho({ key: leaf.key, cert: `${leaf.cert}\n${intermediate.cert}` });
      const outbound = { kind: "tls", caFile: await fileOf("ca.pem", ca.cert), serverName: "api.example" } as const;
      await using under = await startTestProxy(onward(server.port, outbound));
      await (await openTcp(under.port())).ended;
      expect(await under.nextRecord()).toMatchObject({
        reason: expect.stringMatching(/CN=Old Intermediate expired at/),
      });
    });

    test("tells that the far side does not speak TLS", async () => {
      await using server = await listen(createTcpServer((socket) => socket.end("HTTP/1.0 400 Bad Request\r\n\r\n")));
      await using under = await startTestProxy(
        onward(server.port, { kind: "tls", caFile: await fileOf("ca.pem", ca.cert) }),
      );
      await (await openTcp(under.port())).ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "UPSTREAM_TLS_FAILED",
        reason: expect.stringMatching(/does not speak TLS/),
      });
    });

    test("gives no second handshake to a far side that asks for one", async () => {
      const refused = Promise.withResolvers<string | undefined>();
      const asking = createTlsServer({ ...(await certificate()), maxVersion: "TLSv1.2" }, (socket) => {
        socket.on("error", ({ code }: NodeJS.ErrnoException) => refused.resolve(code));
        socket.renegotiate({}, () => refused.resolve("a second handshake"));
      });
      await using server = await listen(asking);
      const outbound = { kind: "tls", caFile: await fileOf("ca.pem", ca.cert), serverName: "api.example" } as const;
      await using under = await startTestProxy(onward(server.port, outbound));
      const client = await openTcp(under.port());
      client.socket.write("hello");
      expect(await refused.promise).toBe("ERR_SSL_NO_RENEGOTIATION");
      client.socket.destroy();
    });

    test("gives up when the far side never answers the handshake", async () => {
      await using server = await listen(createTcpServer((socket) => socket.resume()));
      const outbound = { kind: "tls", caFile: await fileOf("ca.pem", ca.cert) } as const;
      const route = routeTo([endpointAt(server.port)], { outbound, connectTimeoutMs: 100 });
      await using under = await startTestProxy(tableOf(directListener(route)));
      await (await openTcp(under.port())).ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "UPSTREAM_TLS_FAILED",
        reason: expect.stringMatching(/no answer within/),
      });
    });
  });

  describe("mutual TLS to a service outside the mesh", () => {
    async function mutual(client: KeyedCertificate): Promise<Outbound> {
      return {
        kind: "mtls",
        caFile: await fileOf("ca.pem", ca.cert),
        certFile: await fileOf("client.pem", client.cert),
        keyFile: await fileOf("client.key", client.key),
        serverName: "api.example",
      };
    }

    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      test(`presents the certificate of the files (${maxVersion})`, async () => {
        await using server = await startTlsEcho({
          ...(await certificate()),
          ca: ca.cert,
          requestCert: true,
          maxVersion,
        });
        await using under = await startTestProxy(
          onward(server.port, await mutual(await certificate({ commonName: "gateway" }))),
        );
        expect(await (await openTcp(under.port())).ask("hello")).toBe("hello");
      });

      test(`tells when the service asks for a certificate and none is configured (${maxVersion})`, async () => {
        await using server = await startTlsEcho({
          ...(await certificate()),
          ca: ca.cert,
          requestCert: true,
          maxVersion,
        });
        const outbound = { kind: "tls", caFile: await fileOf("ca.pem", ca.cert), serverName: "api.example" } as const;
        await using under = await startTestProxy(onward(server.port, outbound));
        await (await openTcp(under.port())).ended;
        const record = await under.nextRecord();
        expect(record).toMatchObject({
          outcome: "UPSTREAM_TLS_FAILED",
          reason: expect.stringMatching(/asks for a client certificate, and none is configured/),
        });
        expect(under.proxy.refusals()).toEqual([record]);
      });
    }
  });

  describe("mutual TLS to a service of the mesh", () => {
    let mesh: TestMesh;
    beforeAll(async () => {
      mesh = await TestMesh.create();
      await mesh.give("web");
    });

    const toDb: Outbound = { kind: "mesh", leaf: "web", serverName: serverNameOf("db"), spiffeIds: [spiffeIdOf("db")] };

    async function startService(service: string): Promise<ListeningServer> {
      return startTlsEcho({
        ...ofLeaf(await mesh.issue(service)),
        ca: mesh.rootPem,
        requestCert: true,
        rejectUnauthorized: true,
      });
    }

    test("is begun with our leaf, and believes the far side by its SPIFFE ID", async () => {
      await using server = await startService("db");
      await using under = await startTestProxy(onward(server.port, toDb), { identities: mesh });
      expect(await (await openTcp(under.port())).ask("sni?")).toBe(serverNameOf("db"));
    });

    test("refuses the leaf of another service", async () => {
      await using server = await startService("api");
      await using under = await startTestProxy(onward(server.port, toDb), { identities: mesh });
      const client = await openTcp(under.port());
      client.socket.write("secret");
      await client.ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "WRONG_PEER_IDENTITY",
        reason: expect.stringMatching(`proved to be ${spiffeIdOf("api")}, not ${spiffeIdOf("db")}`),
        bytesToUpstream: 0,
      });
    });

    test("refuses the right name from another CA", async () => {
      const impostor = await issueCertificate({ ca: otherCa, commonName: "db", uris: [spiffeIdOf("db")] });
      await using server = await startTlsEcho(impostor);
      await using under = await startTestProxy(onward(server.port, toDb), { identities: mesh });
      await (await openTcp(under.port())).ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "UPSTREAM_TLS_FAILED",
        reason: expect.stringMatching(/unknown CA.*the mesh's roots/),
      });
    });

    test("refuses an expired leaf", async () => {
      const expired = ofLeaf(await mesh.issue("db", { nowMs: Date.now() - 2 * HOUR_MS, ttlMs: 60_000 }));
      await using server = await startTlsEcho({ ...expired, ca: mesh.rootPem });
      await using under = await startTestProxy(onward(server.port, toDb), { identities: mesh });
      await (await openTcp(under.port())).ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "UPSTREAM_TLS_FAILED",
        reason: expect.stringMatching(/URI:spiffe:.*expired at/),
      });
    });

    test("waits for our leaf with a reason", async () => {
      await using echo = await startTcpEcho();
      await using under = await startTestProxy(onward(echo.port, { ...toDb, leaf: "nobody" }), { identities: mesh });
      await (await openTcp(under.port())).ended;
      expect(await under.nextRecord()).toMatchObject({
        outcome: "NO_LEAF",
        reason: expect.stringMatching(/nobody.*none has been issued yet/),
      });
      expect(echo.acceptedConnections()).toBe(0);
    });

    test("is closed when the far side's issuer is withdrawn", async () => {
      const own = await TestMesh.create();
      await own.give("web");
      await using server = await startTlsEcho(ofLeaf(await own.issue("db")));
      await using under = await startTestProxy(onward(server.port, toDb), { identities: own });
      const client = await openTcp(under.port());
      client.socket.write("hello");
      await client.until("hello");
      await own.rotate();
      own.withdraw();
      under.proxy.recheck();
      await once(client.socket, "close").catch(() => {});
      expect(await under.nextRecord()).toMatchObject({ outcome: "ISSUER_WITHDRAWN" });
    });
  });
});
