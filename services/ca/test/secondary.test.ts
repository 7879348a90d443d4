import { X509Certificate } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ask, type Bus } from "@causeway/bus";
import type { CaRoots } from "@causeway/model";
import { certificateFacts, keyTypeOf, splitCertificates } from "@causeway/pki";
import { eventually, type SpawnedProcess } from "@causeway/testkit";
import { expect, test } from "vitest";
import { type Identity, identityOf, rawBucket, refusalOf, requestOf, rootsOf, shakeHands } from "./support.ts";
import { startTwoDatacenters } from "./two-datacenters.ts";

/** Longer than is needed: a process that has only just been spawned on a busy machine takes its time. */
const PATIENT = { timeoutMs: 20_000 };
const certificatesOf = ({ Roots }: CaRoots) => Roots.map(({ RootCert }) => RootCert);
const activeOf = ({ Roots, ActiveRootID }: CaRoots) => Roots.find(({ ID }) => ID === ActiveRootID);
const factsOf = ({ CertPEM }: Identity) => splitCertificates(CertPEM).map(certificateFacts);
/** That each end has seen the other. */
const SEEN = { seen: [expect.stringContaining("/dc/dc1/svc/web"), expect.stringContaining("/dc/dc2/svc/db")] };

/** Where a process says how it does. */
async function adminPortOf(ca: SpawnedProcess): Promise<string> {
  const started = await ca.waitForLine((line) => line.includes('"adminPort"'));
  return /"adminPort":(\d+)/.exec(started)?.[1] ?? expect.fail("no admin port in the log");
}

/** Whether each certificate of a chain is signed by the next, and the last one by the root. */
function leadsTo(root: string, { CertPEM }: Identity): boolean {
  const chain = [...splitCertificates(CertPEM), root].map((pem) => new X509Certificate(pem));
  return chain.every((one, at) => {
    const above = chain[at + 1];
    return above === undefined || (one.checkIssued(above) && one.verify(above.publicKey));
  });
}

test("a secondary signs leaves by an intermediate of the primary's root, which both datacenters believe", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  await using secondary = await mesh.dc2.runCa();
  const roots = await rootsOf(mesh.dc1.bus);
  expect(await rootsOf(mesh.dc2.bus)).toEqual(roots);
  const [web, db] = [await identityOf(mesh.dc1.bus, "web"), await identityOf(mesh.dc2.bus, "db")];
  const root = activeOf(roots);
  expect(db).toMatchObject({ RootID: root?.ID, ServiceURI: `spiffe://${roots.TrustDomain}/ns/default/dc/dc2/svc/db` });
  expect(factsOf(db)).toMatchObject([
    { isCa: false, uris: [db.ServiceURI] },
    {
      isCa: true,
      uris: [`spiffe://${roots.TrustDomain}`],
      subject: expect.stringMatching(/^sec-[0-9a-f]{8}\.consul\.ca\.[0-9a-f]{8}\.consul$/),
      authorityKeyId: root?.SigningKeyID,
    },
  ]);
  const metrics = await (await fetch(`http://127.0.0.1:${await adminPortOf(secondary)}/metrics`)).text();
  const left = Number(/^causeway_ca_intermediate_expires_in_seconds(?:\{.*\})? (\S+)$/m.exec(metrics)?.[1]);
  expect(left).toBeGreaterThan(8_759 * 3_600);
  expect(left).toBeLessThanOrEqual(8_760 * 3_600);
  const [, intermediate] = factsOf(db);
  expect((intermediate?.notAfterMs ?? 0) - (intermediate?.notBeforeMs ?? 0)).toBe(8_760 * 3_600_000 + 60_000);
  expect(leadsTo(root?.RootCert ?? "", db)).toBe(true);
  const both = { roots: certificatesOf(roots) };
  expect(await shakeHands({ identity: db, ...both }, { identity: web, ...both })).toEqual(SEEN);
  const turned = { seen: [...SEEN.seen].reverse() };
  expect(await shakeHands({ identity: web, ...both }, { identity: db, ...both })).toEqual(turned);
});

test("until the primary has signed, a secondary says what it waits for, is not ready, and then signs within seconds", async () => {
  await using mesh = await startTwoDatacenters();
  await using secondary = await mesh.dc2.runCa(false);
  const CSR = (await requestOf("db", { TrustDomain: "unknown.consul" }, "dc2")).csr;
  const sign = () => refusalOf(ask(mesh.dc2.bus, "ca.sign-leaf", { CSR }));
  const waiting = (reason: string) => ({
    status: 500,
    message: expect.stringMatching(
      `^CA is uninitialized and unable to sign certificates yet: the datacenter dc2 has no intermediate certificate: ${reason}`,
    ),
  });
  const noRoots = waiting("the copy of the bucket ca-roots has no roots");
  await eventually(async () => expect(await sign()).toEqual(noRoots), PATIENT);
  const readyz = await fetch(`http://127.0.0.1:${await adminPortOf(secondary)}/readyz`);
  expect(readyz.status).toBe(503);
  expect(await readyz.text()).toContain("the copy of the bucket ca-roots has no roots");

  await mesh.cut();
  await using _primary = await mesh.dc1.runCa();
  mesh.link.restore();
  await eventually(async () => expect((await identityOf(mesh.dc2.bus, "db")).CertPEM).toContain("CERTIFICATE"));
  await secondary.waitForLine((line) => line.includes('"msg":"ready"'));
});

test("a secondary that knows the roots but cannot reach the primary says so, and asks as soon as it can", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  const { bus } = mesh.dc2;
  await eventually(() => rootsOf(bus));
  await mesh.cut();
  await using _secondary = await mesh.dc2.runCa(false);
  const noPath =
    /has no intermediate certificate: no path to the datacenter dc1, .*is the link between the NATS servers up/;
  await eventually(async () => expect((await refusalOf(identityOf(bus, "db")))?.message).toMatch(noPath), PATIENT);
  mesh.link.restore();
  await bus.paths.whenOpen("dc1", new AbortController().signal);
  await eventually(() => identityOf(bus, "db"));
});

test("while the link is down a secondary signs on, also after a restart, and follows a rotation once it is back", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  const first = await mesh.dc2.runCa();
  const before = await rootsOf(mesh.dc1.bus);
  await mesh.cut();
  await first.stop();
  await using _second = await mesh.dc2.runCa();
  expect((await identityOf(mesh.dc2.bus, "db")).RootID).toBe(before.ActiveRootID);

  const configure = (bus: Bus) =>
    ask(bus, "ca.configure", { Configuration: { Provider: "consul", Config: { PrivateKeyBits: 384 } } });
  await expect(configure(mesh.dc2.bus)).rejects.toMatchObject({ failure: { code: "NO_PATH", datacenter: "dc1" } });
  await configure(mesh.dc1.bus);
  const after = await rootsOf(mesh.dc1.bus);
  expect(after.ActiveRootID).not.toBe(before.ActiveRootID);
  const old = await identityOf(mesh.dc2.bus, "db");
  expect(old.RootID).toBe(before.ActiveRootID);

  mesh.link.restore();
  await mesh.dc2.bus.paths.whenOpen("dc1", new AbortController().signal);
  const next = await eventually(async () => {
    const identity = await identityOf(mesh.dc2.bus, "db");
    expect(identity.RootID).toBe(after.ActiveRootID);
    // Roots and configuration are two records: a first intermediate of the new root may still have a key of the old kind.
    expect(keyTypeOf(factsOf(identity)[1]?.publicKey ?? expect.fail("no intermediate"))).toEqual({
      type: "ec",
      bits: 384,
    });
    return identity;
  });
  expect(factsOf(next)).toMatchObject([
    { isCa: false },
    { isCa: true, authorityKeyId: activeOf(after)?.SigningKeyID },
    { isCa: true, authorityKeyId: activeOf(before)?.SigningKeyID, subjectKeyId: activeOf(after)?.SigningKeyID },
  ]);

  const web = await identityOf(mesh.dc1.bus, "web");
  const [oldOnly, both] = [certificatesOf(before), certificatesOf(after)];
  const newOnly = [activeOf(after)?.RootCert ?? ""];
  // By who knows the new root alone, or both, and by who has not heard of the new one; the old leaf while its root is trusted.
  for (const roots of [newOnly, both, oldOnly]) {
    expect(await shakeHands({ identity: next, roots: both }, { identity: web, roots })).toEqual(SEEN);
  }
  expect(await shakeHands({ identity: old, roots: both }, { identity: web, roots: both })).toEqual(SEEN);
  const refused = await shakeHands({ identity: old, roots: both }, { identity: web, roots: newOnly });
  expect(refused).toHaveProperty("error");
});

test("a rotation while both are in touch is followed at once, to RSA too", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  await using _secondary = await mesh.dc2.runCa();
  const Config = { PrivateKeyType: "rsa", PrivateKeyBits: 2048, IntermediateCertTTL: "3h", LeafCertTTL: "1h" };
  await ask(mesh.dc2.bus, "ca.configure", { Configuration: { Provider: "consul", Config } }, { timeoutMs: 30_000 });
  const roots = await rootsOf(mesh.dc1.bus);
  // The roots change before the configuration does, which tells of the kind of key.
  const db = await eventually(async () => {
    const identity = await identityOf(mesh.dc2.bus, "db");
    const intermediate = factsOf(identity)[1] ?? expect.fail("no intermediate");
    expect(keyTypeOf(intermediate.publicKey)).toEqual({ type: "rsa", bits: 2048 });
    expect(intermediate.notAfterMs - intermediate.notBeforeMs).toBe((3 * 60 + 1) * 60_000);
    return identity;
  });
  expect(db.RootID).toBe(roots.ActiveRootID);
  expect(certificateFacts(activeOf(roots)?.RootCert ?? "").publicKey.asymmetricKeyType).toBe("rsa");
  expect((await ask(mesh.dc2.bus, "ca.configuration", {})).Config).toEqual(Config);
  const all = certificatesOf(roots);
  const web = await identityOf(mesh.dc1.bus, "web");
  expect(await shakeHands({ identity: db, roots: all }, { identity: web, roots: all })).toEqual(SEEN);
});

test("replicas of a secondary share one intermediate, and its key is nowhere in the open", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  const replicas = await Promise.all([1, 2, 3].map(() => mesh.dc2.runCa()));
  const keys: string[] = [];
  for await (const key of await (await mesh.dc2.bus.kvm.open("ca-keys")).keys()) keys.push(key);
  expect(keys).toEqual(["intermediate"]);
  const intermediates = new Set<string | undefined>();
  while (replicas.length > 0) {
    // Until NATS knows that a replica has been killed, it may hand a request to that one.
    const { CertPEM } = await eventually(() => identityOf(mesh.dc2.bus, "db"));
    intermediates.add(splitCertificates(CertPEM)[1]);
    const replica = replicas.pop();
    expect(replica?.output()).not.toContain("PRIVATE KEY");
    await replica?.kill9();
  }
  expect(intermediates.size).toBe(1);
  const held = await rawBucket(mesh.dc2.bus, "ca-keys");
  expect(held).toContain("BEGIN CERTIFICATE");
  expect(held).not.toContain("PRIVATE KEY");
});

test("where its seal key is missing, a secondary says so, ends with 1 and changes nothing", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  await (await mesh.dc2.runCa()).stop();
  await rm(join(mesh.dc2.dataDir, "ca-seal.key"));
  const before = await rawBucket(mesh.dc2.bus, "ca-keys");
  const ca = await mesh.dc2.runCa(false);
  expect(await ca.exited).toEqual({ code: 1, signal: null });
  expect(ca.output()).toMatch(
    /the CA has signed before, but the key that its signing key is sealed with is not at .*ca-seal\.key/,
  );
  expect(await rawBucket(mesh.dc2.bus, "ca-keys")).toBe(before);
});
