import { createServer } from "node:tls";
import type { Route } from "@causeway/routes";
import { createTestCa, issueCertificate, type KeyedCertificate, type ListeningServer, listen } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTls } from "./mesh.fixture.ts";
import {
  endpointAt,
  onEachEngine,
  type ProxyUnderTest,
  routeTo,
  sniListener,
  startTestProxy,
  tableOf,
} from "./proxy.fixture.ts";

const DC2 = "dc2.internal.example.consul";

let ca: KeyedCertificate;
let one: ListeningServer;
let other: ListeningServer;

beforeAll(async () => {
  ca = await createTestCa();
  one = await startGreeting("one");
  other = await startGreeting("other");
});
afterAll(() => Promise.all([one.stop(), other.stop()]));

async function startGreeting(greeting: string): Promise<ListeningServer> {
  const certificate = await issueCertificate({ ca, commonName: greeting, dnsNames: [greeting] });
  return listen(
    createServer(certificate, (socket) => {
      socket.on("error", () => {});
      socket.end(greeting);
    }),
  );
}

function passTo(name: string, ...servers: readonly ListeningServer[]): Route {
  return routeTo(
    servers.map(({ port }) => endpointAt(port)),
    { name, inbound: { kind: "passthrough" } },
  );
}

/** Who answers a client that asks for this server name; nobody when it is refused. */
async function answer(under: ProxyUnderTest, servername: string): Promise<string> {
  return openTls(under.port(), { ca: ca.cert, servername, checkServerIdentity: () => undefined }).ask("");
}

onEachEngine(() => {
  test("a suffix stands for all names under it, and an exact name goes before it", async () => {
    const routes = { [`*.${DC2}`]: passTo("dc2", one), [`api.default.${DC2}`]: passTo("api", other) };
    await using under = await startTestProxy(tableOf(sniListener(routes)));
    const cases = [
      { servername: `db.default.${DC2}`, text: "one", record: { outcome: "CARRIED", destination: "dc2" } },
      { servername: `v1.db.default.${DC2.toUpperCase()}`, text: "one", record: { destination: "dc2" } },
      { servername: `api.default.${DC2}`, text: "other", record: { outcome: "CARRIED", destination: "api" } },
      { servername: DC2, text: "", record: { outcome: "NO_ROUTE", serverName: DC2 } },
    ];
    for (const { servername, text, record } of cases) {
      expect(await answer(under, servername)).toBe(text);
      expect(await under.nextRecord()).toMatchObject(record);
    }
  });

  test("all names under a suffix share its turns", async () => {
    await using under = await startTestProxy(tableOf(sniListener({ [`*.${DC2}`]: passTo("dc2", one, other) })));
    const answers: string[] = [];
    for (const name of ["a", "b", "c", "d"]) answers.push(await answer(under, `${name}.${DC2}`));
    expect(answers).toEqual(["one", "other", "one", "other"]);
  });

  test("a connection stays while the suffix leads on, and goes when an exact name comes to lead elsewhere", async () => {
    const certificate = await issueCertificate({ ca, commonName: "echo", dnsNames: ["echo"] });
    await using echo = await listen(createServer(certificate, (socket) => socket.on("error", () => {}).pipe(socket)));
    const suffix = { [`*.${DC2}`]: passTo("dc2", echo) };
    await using under = await startTestProxy(tableOf(sniListener(suffix)));
    const servername = `db.default.${DC2}`;
    const client = openTls(under.port(), { ca: ca.cert, servername, checkServerIdentity: () => undefined });
    client.socket.write("1");
    await client.until("1");
    await under.proxy.swap(tableOf(sniListener({ [`*.${DC2}`]: passTo("dc2", one, other) })));
    client.socket.write("2");
    await client.until("12");
    await under.proxy.swap(tableOf(sniListener({ ...suffix, [servername]: passTo("db", one) })));
    await client.closed;
    expect(await under.nextRecord()).toMatchObject({ outcome: "ROUTE_GONE", serverName: servername });
  });
});
