import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ask, Bucket, type Bus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { SealKeyRing, sealedWith } from "@causeway/pki";
import { type SpawnedProcess, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { connectTo, identityOf, rootsOf, runCa } from "./support.ts";
import { startTwoDatacenters } from "./two-datacenters.ts";

/** The id of the seal key of what signs. */
async function sealKeyOf(bus: Bus, kind: "key" | "intermediate", ...names: readonly string[]): Promise<string> {
  const bucket = await Bucket.open(bus, BUCKETS.caKeys);
  return sealedWith((await bucket.get(kind, ...names))?.value.Sealed ?? "");
}

/** A datacenter in which one CA runs; `run` starts a further replica. */
async function startCa() {
  await using resources = new AsyncDisposableStack();
  const nats = resources.use(await startNatsServer());
  const { path: dataDir } = resources.use(await temporaryDirectory());
  const bus = resources.use(await connectTo(nats));
  const ca = resources.use(await runCa(nats, { dataDir }));
  const { ActiveRootID: rootId } = await rootsOf(bus);
  const whole = resources.move();
  const run = async (): Promise<SpawnedProcess> => whole.use(await runCa(nats, { dataDir }));
  return { bus, dataDir, ca, rootId, run, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

test("the seal key is replaced while replicas sign on, and those before it are forgotten when that is asked", async () => {
  await using datacenter = await startCa();
  const { bus, dataDir, ca, rootId, run } = datacenter;
  const replicas = [ca, await run()];
  const before = await sealKeyOf(bus, "key", rootId);
  const rotated = await ask(bus, "ca.rotate-seal-key", {});
  expect(rotated).toMatchObject({ Resealed: 1, OlderSealKeyIDs: [before], ForgottenSealKeyIDs: [] });
  expect(rotated.SealKeyID).not.toBe(before);
  expect(await sealKeyOf(bus, "key", rootId)).toBe(rotated.SealKeyID);
  expect(await readdir(dataDir)).toEqual(["ca-seal.key", "ca-seal.key.2"]);

  const forgotten = await ask(bus, "ca.rotate-seal-key", { ForgetOlder: true });
  expect(forgotten).toEqual({ ...rotated, Resealed: 0, OlderSealKeyIDs: [], ForgottenSealKeyIDs: [before] });
  expect(await readdir(dataDir)).toEqual(["ca-seal.key.2"]);
  for (const replica of replicas) {
    expect((await identityOf(bus, "web")).RootID).toBe(rootId);
    await replica.stop();
  }
  await run();
  expect((await identityOf(bus, "web")).RootID).toBe(rootId);
});

test("a root that is made after another replica has added a seal key is sealed with that one", async () => {
  await using datacenter = await startCa();
  const { bus, dataDir } = datacenter;
  const ring = await SealKeyRing.loadOrCreate(join(dataDir, "ca-seal.key"));
  await ring.add();
  const Config = { PrivateKeyType: "ec", PrivateKeyBits: 384 };
  await ask(bus, "ca.configure", { Configuration: { Provider: "consul", Config } });
  expect(await sealKeyOf(bus, "key", (await rootsOf(bus)).ActiveRootID)).toBe(ring.newest.id);
});

test("a rotation that was cut off once the key was made is ended by the next, with no further key", async () => {
  await using datacenter = await startCa();
  const { bus, dataDir, rootId } = datacenter;
  const ring = await SealKeyRing.loadOrCreate(join(dataDir, "ca-seal.key"));
  await ring.add();
  expect(await ask(bus, "ca.rotate-seal-key", {})).toMatchObject({ SealKeyID: ring.newest.id, Resealed: 1 });
  expect(await sealKeyOf(bus, "key", rootId)).toBe(ring.newest.id);
  expect(await readdir(dataDir)).toEqual(["ca-seal.key", "ca-seal.key.2"]);
});

test("a CA that is killed while it replaces the seal key signs again, however far it came", async () => {
  await using datacenter = await startCa();
  const { bus, ca, rootId, run } = datacenter;
  ask(bus, "ca.rotate-seal-key", {}).catch(() => {});
  await bus.connection.flush();
  await ca.kill9();
  await run();
  expect((await identityOf(bus, "web")).RootID).toBe(rootId);
  const { SealKeyID } = await ask(bus, "ca.rotate-seal-key", {});
  expect(await sealKeyOf(bus, "key", rootId)).toBe(SealKeyID);
});

test("an intermediate is sealed anew as well, with the seal key of its own datacenter, and stays what it is", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  const { bus, dataDir } = mesh.dc2;
  const secondary = await mesh.dc2.runCa();
  const before = await ask(bus, "ca.intermediate", {});
  const { SealKeyID } = await ask(bus, "ca.rotate-seal-key", {});
  expect(await sealKeyOf(bus, "intermediate")).toBe(SealKeyID);
  await ask(bus, "ca.rotate-seal-key", { ForgetOlder: true });
  expect(await readdir(dataDir)).toEqual(["ca-seal.key.2"]);
  expect(await readdir(mesh.dc1.dataDir)).toEqual(["ca-seal.key"]);
  expect(await ask(bus, "ca.intermediate", {})).toEqual(before);
  await secondary.stop();
  await using _next = await mesh.dc2.runCa();
  expect(await ask(bus, "ca.intermediate", {})).toEqual(before);
});
