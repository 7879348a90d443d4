import { ask, type Bus } from "@causeway/bus";
import type { CaConfiguration, CaRoots } from "@causeway/model";
import { certificateFacts, createRoot, generateKeyPair, splitCertificates } from "@causeway/pki";
import {
  eventually,
  type NatsServer,
  type SpawnedProcess,
  startNatsServer,
  temporaryDirectory,
} from "@causeway/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectTo, identityOf, rawBucket, refusalOf, rootsOf, runCa, shakeHands } from "./support.ts";

let nats: NatsServer;
let bus: Bus;
let ca: SpawnedProcess;
let data: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  [nats, data] = await Promise.all([startNatsServer(), temporaryDirectory()]);
  [ca, bus] = await Promise.all([runCa(nats, { dataDir: data.path }), connectTo(nats)]);
});
afterEach(async () => {
  await bus.drain();
  await ca.stop();
  await nats.stop();
  await data[Symbol.asyncDispose]();
});

type Asked = Partial<CaConfiguration>;
const configure = (asked: Asked) => ask(bus, "ca.configure", { Configuration: asked }, { timeoutMs: 30_000 });
const configuration = () => ask(bus, "ca.configuration", {});
const certificatesOf = ({ Roots }: CaRoots) => Roots.map(({ RootCert }) => RootCert);
const DEFAULTS = { IntermediateCertTTL: "8760h", LeafCertTTL: "72h", RotationPeriod: "2160h" };

describe("a rotation", () => {
  test("to a key that is brought: old and new leaves are believed by all who know either root, or both", async () => {
    const before = await rootsOf(bus);
    const oldLeaf = await identityOf(bus, "web");
    const { privateKeyPem: PrivateKey } = await generateKeyPair();
    const { Index } = await configure({ Provider: "consul", Config: { ...DEFAULTS, PrivateKey } });

    const after = await rootsOf(bus);
    const [old, next] = after.Roots;
    expect(after.TrustDomain).toBe(before.TrustDomain);
    expect(after.Roots).toMatchObject([
      { ID: before.ActiveRootID, Active: false, RotatedOutAt: expect.any(String) },
      { ID: after.ActiveRootID, Active: true, Name: "Consul CA Root Cert", IntermediateCerts: [expect.any(String)] },
    ]);
    expect((await configuration()).ModifyIndex).toBe(Index);

    const newLeaf = await identityOf(bus, "db");
    expect(newLeaf.RootID).toBe(after.ActiveRootID);
    expect(splitCertificates(newLeaf.CertPEM)).toHaveLength(2);
    const vouched = certificateFacts(splitCertificates(newLeaf.CertPEM)[1] ?? "");
    expect(vouched).toMatchObject({ isCa: true, authorityKeyId: old?.SigningKeyID, subjectKeyId: next?.SigningKeyID });
    expect(vouched.notAfterMs - vouched.notBeforeMs).toBe(7 * 24 * 3_600_000 + 60_000);

    const [oldOnly, both] = [certificatesOf(before), certificatesOf(after)];
    const newOnly = [next?.RootCert ?? ""];
    const seen = { seen: expect.arrayContaining([expect.stringContaining("/svc/db")]) };
    // Both know both roots.
    expect(await shakeHands({ identity: oldLeaf, roots: both }, { identity: newLeaf, roots: both })).toEqual(seen);
    expect(await shakeHands({ identity: newLeaf, roots: both }, { identity: oldLeaf, roots: both })).toEqual(seen);
    // The one that has not heard of the new root believes its leaf, because the old root vouches for it.
    expect(await shakeHands({ identity: oldLeaf, roots: oldOnly }, { identity: newLeaf, roots: both })).toEqual(seen);
    expect(await shakeHands({ identity: newLeaf, roots: both }, { identity: oldLeaf, roots: oldOnly })).toEqual(seen);
    // Nobody vouches for the old root, which is why it stays among the trusted ones.
    const alone = await shakeHands({ identity: newLeaf, roots: newOnly }, { identity: oldLeaf, roots: both });
    expect(alone).toHaveProperty("error");
  });

  test("keeps the key that was brought out of every bucket and log line, and shows it to its operator", async () => {
    const { privateKeyPem: PrivateKey } = await generateKeyPair();
    const asked = { Provider: "consul", Config: { LeafCertTTL: "72h", PrivateKey } };
    await configure(asked);
    const secret = PrivateKey.split("\n")[1] ?? "";
    expect(secret.length).toBeGreaterThan(20);
    for (const text of [await rawBucket(bus, "ca-roots"), await rawBucket(bus, "ca-keys"), ca.output()]) {
      expect(text).not.toContain(secret);
    }
    expect((await configuration()).Config).toEqual(asked.Config);
    // Read, changed elsewhere and written back: no rotation.
    const { ActiveRootID } = await rootsOf(bus);
    await configure({ Provider: "consul", Config: { ...(await configuration()).Config, LeafCertTTL: "24h" } });
    expect((await rootsOf(bus)).ActiveRootID).toBe(ActiveRootID);
    expect((await configuration()).Config).toEqual({ LeafCertTTL: "24h", PrivateKey });
  });

  test("to another kind of key, and back to one of the CA's own when the operator takes his away", async () => {
    await configure({ Provider: "consul", Config: { PrivateKeyType: "rsa", PrivateKeyBits: 2048 } });
    const { privateKeyPem: PrivateKey } = await generateKeyPair({ type: "ec", bits: 384 });
    await configure({ Provider: "consul", Config: { PrivateKey } });
    await configure({ Provider: "consul", Config: {} });
    const { Roots, ActiveRootID } = await rootsOf(bus);
    expect(Roots.map((root) => `${root.PrivateKeyType} ${root.PrivateKeyBits} ${root.Active}`)).toEqual([
      "ec 256 false",
      "rsa 2048 false",
      "ec 384 false",
      "ec 256 true",
    ]);
    expect(new Set(Roots.map(({ ID }) => ID)).size).toBe(4);
    expect((await identityOf(bus, "web")).RootID).toBe(ActiveRootID);
    // Of all those keys just the one that signs is kept.
    const keys: string[] = [];
    for await (const key of await (await bus.kvm.open("ca-keys")).keys()) keys.push(key);
    expect(keys).toHaveLength(1);
  });

  test("to a certificate that is brought", async () => {
    const { TrustDomain: trustDomain } = await rootsOf(bus);
    const key = await generateKeyPair();
    const times = { ttlMs: 10_000 * 3_600_000, nowMs: Date.now() };
    const RootCert = createRoot({ trustDomain, key, serial: 5n, ...times });
    const Config = { PrivateKey: key.privateKeyPem, RootCert };
    await configure({ Provider: "consul", Config });
    const { Roots, ActiveRootID } = await rootsOf(bus);
    expect(Roots[1]).toMatchObject({ ID: certificateFacts(RootCert).id, SerialNumber: 5, RootCert, Active: true });
    expect((await configuration()).Config).toEqual(Config);
    expect((await identityOf(bus, "web")).RootID).toBe(ActiveRootID);

    const { privateKeyPem: other } = await generateKeyPair();
    expect(await refusalOf(configure({ Provider: "consul", Config: { PrivateKey: other, RootCert } }))).toEqual({
      status: 500,
      message: expect.stringMatching(
        /^error generating CA root certificate: the certificate of .* cannot be the root: the private key does not belong/,
      ),
    });
  });

  test("without cross-signing, where that is asked for or cannot be had otherwise", async () => {
    const forced = (PrivateKeyBits: number, ForceWithoutCrossSigning: boolean) =>
      configure({
        Provider: "consul",
        Config: { PrivateKeyBits, DisableCrossSigning: true },
        ForceWithoutCrossSigning,
      });
    await forced(384, true);
    expect((await rootsOf(bus)).Roots[1]).toMatchObject({ Active: true, IntermediateCerts: null });
    expect(await refusalOf(forced(521, false))).toEqual({
      status: 500,
      message:
        "The current CA Provider does not support cross-signing. You can try again with ForceWithoutCrossSigningSet but this may cause disruption - see documentation for more.",
    });
    await forced(521, true);
    expect((await rootsOf(bus)).Roots).toHaveLength(3);
  });

  test("is seen by a replica at once, and survives SIGKILL of the one that made it", async () => {
    await using _replica = await runCa(nats, { dataDir: data.path });
    await configure({ Provider: "consul", Config: { PrivateKeyBits: 384 } });
    const { ActiveRootID } = await rootsOf(bus);
    for (let n = 0; n < 20; n++) expect((await identityOf(bus, "web")).RootID).toBe(ActiveRootID);
    await ca.kill9();
    // Until NATS knows that it has been killed, it may hand a request to it.
    expect((await eventually(() => identityOf(bus, "web"))).RootID).toBe(ActiveRootID);
  });

  test("by two replicas at once leaves one active root, which signs", async () => {
    await using _replica = await runCa(nats, { dataDir: data.path });
    const keys = await Promise.all(Array.from({ length: 8 }, () => generateKeyPair()));
    await Promise.all(
      keys.map(({ privateKeyPem: PrivateKey }) => configure({ Provider: "consul", Config: { PrivateKey } })),
    );
    const { Roots, ActiveRootID } = await rootsOf(bus);
    expect(Roots.filter(({ Active }) => Active).map(({ ID }) => ID)).toEqual([ActiveRootID]);
    expect(Roots).toHaveLength(9);
    expect((await identityOf(bus, "web")).RootID).toBe(ActiveRootID);
  });

  test("while leaves are asked for fails none of them", async () => {
    await configure({ Provider: "consul", Config: { CSRMaxPerSecond: 0 } });
    let rotating = true;
    const roots = new Set<string>();
    const asking = Array.from({ length: 4 }, async () => {
      while (rotating) roots.add((await identityOf(bus, "web")).RootID);
    });
    for (const PrivateKeyBits of [384, 521, 256]) {
      await configure({ Provider: "consul", Config: { CSRMaxPerSecond: 0, PrivateKeyBits } });
      roots.add((await identityOf(bus, "web")).RootID);
    }
    rotating = false;
    await Promise.all(asking);
    expect(roots.size).toBeGreaterThanOrEqual(3);
  });
});
