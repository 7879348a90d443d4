import { chmod, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ask } from "@causeway/bus";
import { eventually, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { connectTo, identityOf, rawBucket, refusalOf, rootsOf, runCa, shakeHands } from "./support.ts";

test("the root is made once, and is the same after SIGTERM and after SIGKILL", async () => {
  await using nats = await startNatsServer();
  await using data = await temporaryDirectory();
  await using bus = await connectTo(nats);
  const options = { dataDir: data.path };
  const first = await runCa(nats, options);
  const made = await rootsOf(bus);
  expect(await first.stop()).toEqual({ code: 0, signal: null });
  const second = await runCa(nats, options);
  await second.kill9();
  await using _third = await runCa(nats, options);
  expect(await rootsOf(bus)).toEqual(made);
  expect(made).toMatchObject({ TrustDomain: expect.stringMatching(/^[0-9a-f-]{36}\.consul$/) });
  expect(made.Roots).toMatchObject([
    { ID: made.ActiveRootID, Active: true, PrivateKeyType: "ec", PrivateKeyBits: 256, IntermediateCerts: null },
  ]);
  const { seen } = await shake(await identityOf(bus, "web"), await identityOf(bus, "db"));
  expect(seen).toEqual([
    `URI:spiffe://${made.TrustDomain}/ns/default/dc/dc1/svc/db`,
    `URI:spiffe://${made.TrustDomain}/ns/default/dc/dc1/svc/web`,
  ]);

  async function shake(web: Awaited<ReturnType<typeof identityOf>>, db: typeof web) {
    const roots = made.Roots.map(({ RootCert }) => RootCert);
    const shaken = await shakeHands({ identity: web, roots }, { identity: db, roots });
    if ("error" in shaken) throw new Error(shaken.error);
    return shaken;
  }
});

test("replicas that start at once agree on one root, and each can sign with it", async () => {
  await using nats = await startNatsServer();
  await using data = await temporaryDirectory();
  await using bus = await connectTo(nats);
  const replicas = await Promise.all(Array.from({ length: 4 }, () => runCa(nats, { dataDir: data.path })));
  const { Roots, ActiveRootID } = await rootsOf(bus);
  expect(Roots).toHaveLength(1);
  while (replicas.length > 0) {
    // Until NATS knows that a replica has been killed, it may hand a request to that one.
    expect((await eventually(() => identityOf(bus, "web"))).RootID).toBe(ActiveRootID);
    await replicas.pop()?.kill9();
  }
  // Those that lost have left no key behind.
  const keys: string[] = [];
  for await (const key of await (await bus.kvm.open("ca-keys")).keys()) keys.push(key);
  expect(keys).toHaveLength(1);
});

test("the seal key is a file for its owner alone, and no bucket or log line holds a private key", async () => {
  await using nats = await startNatsServer();
  await using data = await temporaryDirectory();
  await using bus = await connectTo(nats);
  await using ca = await runCa(nats, { dataDir: data.path, env: { CAUSEWAY_LOG_LEVEL: "trace" } });
  await identityOf(bus, "web");
  expect(await readdir(data.path)).toEqual(["ca-seal.key"]);
  expect((await stat(join(data.path, "ca-seal.key"))).mode & 0o777).toBe(0o600);
  const sealKey = (await readFile(join(data.path, "ca-seal.key"), "utf8")).trim();
  for (const text of [await rawBucket(bus, "ca-roots"), await rawBucket(bus, "ca-keys"), ca.output()]) {
    expect(text).not.toContain("PRIVATE KEY");
    expect(text).not.toContain(sealKey);
  }
  expect(await rawBucket(bus, "ca-roots")).toContain("BEGIN CERTIFICATE");
});

const broken = [
  {
    name: "is missing",
    spoil: (path: string) => rm(path),
    says: /the key that its signing key is sealed with is not at .*ca-seal\.key/,
  },
  {
    name: "is another one",
    spoil: (path: string) => writeFile(path, `${Buffer.alloc(32, 7).toString("base64")}\n`),
    says: /ca-seal\.key is not what the signing key of the root .* was sealed with/,
  },
  { name: "is no key", spoil: (path: string) => writeFile(path, "hello"), says: /ca-seal\.key holds no seal key/ },
  { name: "can be read by others", spoil: (path: string) => chmod(path, 0o644), says: /run chmod 600/ },
] as const;

for (const { name, spoil, says } of broken) {
  test(`where the seal key ${name}, the CA says so, ends with 1 and changes nothing`, async () => {
    await using nats = await startNatsServer();
    await using data = await temporaryDirectory();
    await using bus = await connectTo(nats);
    const options = { dataDir: data.path };
    await (await runCa(nats, options)).stop();
    await spoil(join(data.path, "ca-seal.key"));
    const before = [await rawBucket(bus, "ca-roots"), await rawBucket(bus, "ca-keys"), await readdir(data.path)];
    const ca = await runCa(nats, options, false);
    expect(await ca.exited).toEqual({ code: 1, signal: null });
    expect(ca.output()).toMatch(says);
    expect([await rawBucket(bus, "ca-roots"), await rawBucket(bus, "ca-keys"), await readdir(data.path)]).toEqual(
      before,
    );
  });
}

test("a replica that cannot have the seal key of the others does not make one", async () => {
  await using nats = await startNatsServer();
  await using data = await temporaryDirectory();
  await using elsewhere = await temporaryDirectory();
  await using _ca = await runCa(nats, { dataDir: data.path });
  const stranger = await runCa(nats, { dataDir: elsewhere.path }, false);
  expect(await stranger.exited).toEqual({ code: 1, signal: null });
  expect(stranger.output()).toContain("CAUSEWAY_CA_SEAL_KEY_FILE");
  expect(await readdir(elsewhere.path)).toEqual([]);
});

test("without a place for the seal key the CA does not start", async () => {
  await using nats = await startNatsServer();
  const ca = await runCa(nats, { dataDir: "" }, false);
  expect(await ca.exited).toEqual({ code: 1, signal: null });
  expect(ca.output()).toContain("set CAUSEWAY_CA_SEAL_KEY_FILE");
});

test("the seal key can be kept elsewhere", async () => {
  await using nats = await startNatsServer();
  await using data = await temporaryDirectory();
  const file = join(data.path, "secrets", "seal");
  await using _ca = await runCa(nats, { dataDir: "", env: { CAUSEWAY_CA_SEAL_KEY_FILE: file } });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("leaves are signed again when NATS was killed and came back", async () => {
  await using nats = await startNatsServer();
  await using data = await temporaryDirectory();
  await using bus = await connectTo(nats);
  await using _ca = await runCa(nats, { dataDir: data.path });
  const before = await identityOf(bus, "web");
  await nats.kill();
  await nats.restart();
  await bus.whenConnected();
  // The CA may connect a moment after this bus: until then nobody answers.
  await eventually(async () => expect((await refusalOf(ask(bus, "ca.sign-leaf", { CSR: "hello" })))?.status).toBe(400));
  expect((await identityOf(bus, "web")).RootID).toBe(before.RootID);
});
