import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { APPLICATION_DATA, eventually, pseudoRandom, receive, startRecordingRelay, startSink } from "@causeway/testkit";
import { expect, test } from "vitest";
import { dialMesh, foundInMemory, type MeshGateway, openTcp, reservePort } from "../src/index.ts";
import { sharedTwo, soonAcross, startService } from "./two-datacenters.ts";

const SECRET_WORD = "a secret word";
const PIECES = 40;

const facts = sharedTwo(async ({ dc1, dc2 }, resources) => {
  const relayPort = await reservePort();
  const sidecarPort = Promise.withResolvers<number>();
  const wanPort = Promise.withResolvers<number>();
  const afterBoth = resources.use(await startRecordingRelay(sidecarPort.promise, { host: dc2.host }));
  const between = resources.use(await startRecordingRelay(wanPort.promise, { host: dc2.host, port: relayPort }));
  const sink = resources.use(await startSink());
  const started = await Promise.all([
    startService(dc2, "s2", "s2-of-dc2", { registeredPort: afterBoth.port }),
    dc2.startSidecar("sink", { port: sink.port }),
    dc1.startMeshGateway("gateway-dc1"),
    dc2.startMeshGateway("gateway-dc2", { wanAddress: `${between.host}:${between.port}` }),
    dc1.startSidecar("s1", { upstreams: [{ destination: "sink", datacenter: "dc2", meshGateway: "local" }] }),
  ]);
  for (const each of started) resources.use(each);
  const [s2, , gateway1, gateway2, s1] = started;
  sidecarPort.resolve(s2.sidecar.port);
  wanPort.resolve(gateway2.wanPort);
  const before = resources.use(await startRecordingRelay(gateway1.port, { host: dc1.host }));
  return { before, between, afterBoth, gateways: [gateway1, gateway2] as const, s1, s2, sink };
});

/** Throws unless a proxy has a healthy endpoint for the route whose name begins so. */
async function expectHealthy({ admin }: Pick<MeshGateway, "admin">, route: string): Promise<void> {
  const { routes } = await admin.routes();
  expect(routes.find(({ name }) => name.startsWith(route))?.endpoints).toMatchObject([{ healthy: true }]);
}

/** Resolves when both gateways would carry connections to a service of dc2. */
function expectRoutes(service: string): Promise<void> {
  const [gateway1, gateway2] = facts().gateways;
  return soonAcross(async () => {
    await expectHealthy(gateway1, "*.dc2");
    await expectHealthy(gateway2, service);
  });
}

/** Everything that a gateway keeps on disk, by file. */
async function keptBy({ folder }: MeshGateway): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)));
}

test("what passes through both gateways is the same TLS records on every side, and neither has a key to them", async () => {
  const { dc1, before, between, afterBoth, gateways, s2 } = facts();
  const [identity, trust] = await Promise.all([dc1.identity("s1"), dc1.trust()]);
  await expectRoutes("s2");
  const secrets: Buffer[] = [];
  using client = dialMesh({ port: before.port, host: before.host, identity, trust, service: "s2", datacenter: "dc2" });
  client.socket.on("keylog", (line: Buffer) =>
    secrets.push(Buffer.from(line.toString().trim().split(" ").at(-1) ?? "", "hex")),
  );
  await client.echo(SECRET_WORD);
  const uri = `URI:spiffe://${trust.trustDomain}/ns/default/dc/dc2/svc/s2`;
  expect(client.socket.getPeerX509Certificate()?.subjectAltName).toBe(uri);

  for (const direction of ["fromClient", "fromServer"] as const) {
    const [first = [], ...others] = [before, between, afterBoth].map((relay) => relay[direction]());
    expect(first.filter((record) => record.startsWith(APPLICATION_DATA)).length).toBeGreaterThan(1);
    for (const records of others) expect(records).toEqual(first);
    expect(first.join("")).not.toContain(Buffer.from(SECRET_WORD).toString("hex"));
  }

  // A scan that finds nothing proves something only if it finds them where they are: in the sidecar that decrypts.
  expect(await foundInMemory(s2.sidecar.program.pid, secrets)).not.toEqual([]);
  for (const gateway of gateways) {
    expect(await foundInMemory(gateway.program.pid, [...secrets, Buffer.from(SECRET_WORD)])).toEqual([]);
    expect(await gateway.admin.leaves()).toEqual([]);
    const kept = await keptBy(gateway);
    expect(kept.size).toBeGreaterThan(0);
    expect([...kept.keys()].filter((file) => /leaf|leaves/i.test(file))).toEqual([]);
    expect([...kept].filter(([, bytes]) => bytes.includes("PRIVATE KEY"))).toEqual([]);
  }
});

test("a transfer through both gateways is harmed by no change that does not concern it", async () => {
  const { dc1, dc2, s1, sink, gateways } = facts();
  const pieces = [...pseudoRandom(PIECES * 65_536)];
  const connections = () => Promise.all(gateways.map(({ admin }) => admin.connections()));
  await expectRoutes("sink");
  await eventually(async () => expect(await connections()).toEqual([[], []]));
  await soonAcross(async () => expectHealthy(s1, "sink"));
  using conversation = await openTcp(s1.upstream("sink"));
  conversation.socket.write(pieces[0] ?? "");
  await eventually(async () => expect(await connections()).toMatchObject([[{}], [{}]]));
  const ids = async () => (await connections()).flat().map(({ id }) => id);
  const opened = await ids();
  for (const [at, piece] of pieces.slice(1).entries()) {
    await flap(at);
    conversation.socket.write(piece);
  }
  expect(await ids()).toEqual(opened);
  conversation.socket.end();
  expect(await sink.nextTransfer()).toEqual(await receive(Readable.from(pieces)));

  /** Changes what has nothing to do with the transfer, in both datacenters, and takes it back the next time. */
  async function flap(at: number): Promise<void> {
    const set = at % 2 === 0;
    const entry = { Kind: "service-resolver", Name: "other", Subsets: { v1: { Filter: "Service.Meta.v == 1" } } };
    await Promise.all([
      set ? dc1.agent.writeEntry(entry) : dc1.agent.delete("/v1/config/service-resolver/other"),
      set ? dc1.agent.intention("a", "other", "deny") : dc1.agent.deleteIntention("a", "other"),
      ...[dc1, dc2].map(({ agent }) =>
        set ? agent.registerExternal({ service: "other", port: 1 }) : agent.deregisterExternal("other"),
      ),
      ...[dc1, dc2].map(({ agent }) =>
        set
          ? agent.put("/v1/agent/service/register", { Name: "other", Port: 1, Connect: { Native: true } })
          : agent.put("/v1/agent/service/deregister/other"),
      ),
    ]);
  }
});
