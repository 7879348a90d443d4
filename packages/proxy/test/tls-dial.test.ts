import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createServer, type TLSSocket } from "node:tls";
import type { Outbound } from "@causeway/routes";
import {
  captureClientHello,
  createTestCa,
  eventually,
  issueCertificate,
  type KeyedCertificate,
  type ListeningServer,
  listen,
  pseudoRandom,
  receive,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Leaf } from "../src/index.ts";
import { underlying } from "../src/sockets.ts";
import { ofLeaf, openTcp, serverNameOf, spiffeIdOf, TestMesh } from "./mesh.fixture.ts";
import {
  directListener,
  endpointAt,
  onEachEngine,
  routeTo,
  sniListener,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

const MEGABYTE = 1024 * 1024;

/** However busy the machine is. */
const PATIENCE = { connectTimeoutMs: 30_000 };

let mesh: TestMesh;
let directory: TemporaryDirectory;
let certificate: KeyedCertificate;
let outside: Outbound;

beforeAll(async () => {
  mesh = await TestMesh.create();
  await mesh.give("web");
  await mesh.give("db");
  const ca = await createTestCa({ commonName: "Company CA" });
  certificate = await issueCertificate({ ca, commonName: "external", dnsNames: ["api.example"] });
  directory = await temporaryDirectory();
  const caFile = `${directory.path}/ca.pem`;
  await writeFile(caFile, ca.cert);
  outside = { kind: "tls", caFile, serverName: "api.example" };
});
afterAll(() => directory[Symbol.asyncDispose]());

/** A service outside the mesh, which speaks TLS and leaves the ends of its connections to `serve`. */
function startOutside(serve: (socket: TLSSocket) => unknown): Promise<ListeningServer> {
  return listen(
    createServer({ ...certificate, allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      serve(socket);
    }),
  );
}

/** A sidecar that dials a terminating gateway, which takes in by mutual TLS and goes on by TLS; `async using` ends both. */
async function startLine(port: number) {
  const authorization = { destination: "db", intentions: [], defaultAction: "allow" } as const;
  const inbound = { kind: "mtls", leaf: "db", authorization } as const;
  const out = routeTo([endpointAt(port)], { inbound, outbound: outside, ...PATIENCE });
  const gateway = await startTestProxy(tableOf(directListener(out)), { identities: mesh });
  const proof = { serverName: serverNameOf("db"), spiffeIds: [spiffeIdOf("db")] };
  const dial = routeTo([endpointAt(gateway.port())], {
    outbound: { kind: "mesh", leaf: "web", ...proof },
    ...PATIENCE,
  });
  const sidecar = await startTestProxy(tableOf(directListener(dial)), { identities: mesh });
  return {
    sidecar,
    gateway,
    async [Symbol.asyncDispose]() {
      await sidecar[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

onEachEngine((engine) => {
  test("what is encrypted twice on its way arrives whole in each direction", async () => {
    // Node's own sockets would take most of a minute for a gigabyte, both ways at each of two proxies.
    const bytes = (engine === "splice" ? 1024 : 64) * MEGABYTE;
    const back = 64 * MEGABYTE;
    const arrived = Promise.withResolvers<Awaited<ReturnType<typeof receive>>>();
    await using service = await startOutside(async (socket) => {
      arrived.resolve(await receive(socket.iterator({ destroyOnReturn: false })));
      await pipeline(Readable.from(pseudoRandom(back)), socket);
    });
    await using line = await startLine(service.port);
    expect(line.sidecar.proxy.boundEngine("public")).toBe(engine);
    expect(line.gateway.proxy.boundEngine("public")).toBe(engine);
    const { socket } = await openTcp(line.sidecar.port());
    const answer = receive(socket);
    const sent = receive(Readable.from(pseudoRandom(bytes)));
    for (const chunk of pseudoRandom(bytes)) if (!socket.write(chunk)) await once(socket, "drain");
    socket.end();
    expect(await arrived.promise).toEqual(await sent);
    expect(await answer).toEqual(await receive(Readable.from(pseudoRandom(back))));
    for (const proxy of [line.sidecar, line.gateway]) {
      expect(await proxy.nextRecord()).toMatchObject({
        outcome: "CARRIED",
        bytesToUpstream: bytes,
        bytesToClient: back,
      });
    }
  }, 300_000);

  test("a service that does not read holds the application back instead of filling the memory, and gets all of it later", async () => {
    const bytes = 64 * MEGABYTE;
    const accepted = Promise.withResolvers<TLSSocket>();
    await using service = await startOutside((socket) => accepted.resolve(socket.pause()));
    await using line = await startLine(service.port);
    const { socket } = await openTcp(line.sidecar.port());
    const sending = pipeline(Readable.from(pseudoRandom(bytes)), socket);
    let given = -1;
    await eventually(
      () => {
        const before = given;
        given = line.sidecar.proxy.connections()[0]?.bytesToUpstream ?? 0;
        expect(given).toBe(before);
        expect(given).toBeGreaterThan(0);
      },
      { intervalMs: 200 },
    );
    expect(given).toBeLessThan(48 * MEGABYTE);
    const secure = await accepted.promise;
    const arrived = receive(secure.iterator({ destroyOnReturn: false }));
    await sending;
    expect((await arrived).bytes).toBe(bytes);
    secure.end();
    expect(await line.sidecar.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: bytes });
  }, 120_000);

  test("an end of one direction stays one, whichever side it comes from first", async () => {
    const late = Promise.withResolvers<string>();
    await using service = await startOutside((socket) => {
      socket.end("done");
      socket.on("data", (chunk: Buffer) => late.resolve(chunk.toString()));
    });
    await using line = await startLine(service.port);
    const application = await openTcp(line.sidecar.port());
    await application.ended;
    expect(application.text).toBe("done");
    application.socket.end("late");
    expect(await late.promise).toBe("late");
    expect(await line.sidecar.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: 4, bytesToClient: 4 });
    expect(await line.gateway.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: 4, bytesToClient: 4 });
  });

  test("a reset of the service reaches the application, and one of the application the service", async () => {
    const sockets: TLSSocket[] = [];
    const failures: (NodeJS.ErrnoException | undefined)[] = [];
    await using service = await startOutside((socket) => {
      const at = sockets.push(socket) - 1;
      socket.on("error", (error) => {
        failures[at] = error;
      });
      socket.pipe(socket);
    });
    await using line = await startLine(service.port);
    const greeted = async () => {
      const application = await openTcp(line.sidecar.port());
      application.socket.write("hello");
      await application.until("hello");
      return application;
    };
    const first = await greeted();
    underlying(sockets[0] as TLSSocket)?.resetAndDestroy();
    await first.closed;
    expect(first.error?.code).toBe("ECONNRESET");
    expect(await line.gateway.nextRecord()).toMatchObject({ outcome: "UPSTREAM_RESET", blame: "upstream" });
    expect(await line.sidecar.nextRecord()).toMatchObject({ outcome: "UPSTREAM_RESET", blame: "upstream" });
    const second = await greeted();
    second.socket.resetAndDestroy();
    await eventually(() => expect(failures[1]?.code).toBe("ECONNRESET"));
    expect(await line.sidecar.nextRecord()).toMatchObject({ outcome: "CLIENT_RESET", blame: "client" });
    expect(await line.gateway.nextRecord()).toMatchObject({ outcome: "CLIENT_RESET", blame: "client" });
  });

  test("connections that end in every phase leave no descriptor behind", async () => {
    await using service = await startOutside((socket) => socket.pipe(socket));
    await using line = await startLine(service.port);
    const round = async () => {
      const clients = await Promise.all(Array.from({ length: 20 }, () => openTcp(line.sidecar.port())));
      await Promise.all(
        clients.map(async (client, i) => {
          if (i % 4 === 0) client.socket.destroy();
          if (i % 4 === 1) expect(await client.ask("hello")).toBe("hello");
          if (i % 4 === 2) {
            client.socket.write("hello");
            await client.until("hello");
            client.socket.destroy();
          }
          if (i % 4 === 3) client.socket.resetAndDestroy();
          await client.closed;
        }),
      );
      for (const { proxy } of [line.sidecar, line.gateway]) {
        await eventually(() => expect(proxy.connections()).toEqual([]));
      }
    };
    await round();
    const before = readdirSync("/proc/self/fd").length;
    for (let i = 0; i < 5; i++) await round();
    await eventually(() => expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before + 4));
  });

  test("what a client said to be matched by is passed on within TLS, before all that follows", async () => {
    await using service = await startOutside((socket) => socket.pipe(socket));
    const hello = await captureClientHello("db.example");
    const route = routeTo([endpointAt(service.port)], { inbound: { kind: "passthrough" }, outbound: outside });
    await using under = await startTestProxy(tableOf(sniListener({ "db.example": route })));
    const client = await openTcp(under.port());
    client.socket.write(hello);
    await client.until(hello.toString());
    expect(await client.ask("and more")).toBe(`${hello}and more`);
    const bytes = hello.length + 8;
    expect(await under.nextRecord()).toMatchObject({
      outcome: "CARRIED",
      bytesToUpstream: bytes,
      bytesToClient: bytes,
    });
  });

  test("a renewed leaf is presented to the next service that is dialled, and new roots are believed", async () => {
    const own = await TestMesh.create();
    const old = await own.give("web");
    const proof = { serverName: serverNameOf("db"), spiffeIds: [spiffeIdOf("db")] };
    /** A service of the mesh as it is now, which says whose leaf it was shown. */
    const startService = async () =>
      listen(
        createServer({ ...ofLeaf(await own.issue("db")), ca: own.rootPem, requestCert: true }, (socket) => {
          socket.on("error", () => {}).end(String(socket.getPeerX509Certificate()?.serialNumber));
        }),
      );
    const tableTo = (port: number) =>
      tableOf(directListener(routeTo([endpointAt(port)], { outbound: { kind: "mesh", leaf: "web", ...proof } })));
    await using service = await startService();
    await using under = await startTestProxy(tableTo(service.port), { identities: own });
    const shown = async () => (await openTcp(under.port())).ask("").then((serial) => serial.toLowerCase());
    const serialOf = ({ certificatePem }: Leaf) => new X509Certificate(certificatePem).serialNumber.toLowerCase();
    expect(await shown()).toBe(serialOf(old));
    const renewed = await own.give("web");
    under.proxy.recheck();
    expect(await shown()).toBe(serialOf(renewed));
    await own.rotate();
    const underNewRoot = await own.give("web");
    under.proxy.recheck();
    await using successor = await startService();
    await under.proxy.swap(tableTo(successor.port));
    expect(await shown()).toBe(serialOf(underNewRoot));
  });

  test("leaves may change while connections are begun, whatever these have got to", async () => {
    const own = await TestMesh.create();
    await own.give("web");
    const proof = { serverName: serverNameOf("db"), spiffeIds: [spiffeIdOf("db")] };
    await using service = await listen(
      createServer({ ...ofLeaf(await own.issue("db")), ca: own.rootPem, requestCert: true }, (socket) => {
        socket.on("error", () => {}).end("reached");
      }),
    );
    const outbound = { kind: "mesh", leaf: "web", ...proof } as const;
    const table = tableOf(directListener(routeTo([endpointAt(service.port)], { outbound, ...PATIENCE })));
    await using under = await startTestProxy(table, { identities: own });
    const calls = async () => {
      for (let i = 0; i < 40; i++) expect(await (await openTcp(under.port())).ask("")).toBe("reached");
    };
    const dialling = Promise.all(Array.from({ length: 8 }, calls));
    let dialled = false;
    const done = dialling.finally(() => {
      dialled = true;
    });
    while (!dialled) {
      await own.give("web");
      under.proxy.recheck();
    }
    await done;
  });
});
