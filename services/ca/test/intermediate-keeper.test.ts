import { generateKeyPairSync } from "node:crypto";
import { answer, ask, Bucket, Refusal } from "@causeway/bus";
import { BUCKETS, signingSpiffeId } from "@causeway/model";
import { certificateFacts, createCsr, generateKeyPair, SealKeyRing, splitCertificates } from "@causeway/pki";
import { Readiness } from "@causeway/runtime";
import { FakeClock } from "@causeway/runtime/testing";
import { eventually, temporaryDirectory } from "@causeway/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Authority } from "../src/authority.ts";
import { configurationVerbs } from "../src/configure.ts";
import { CsrLimit } from "../src/csr-limit.ts";
import { IntermediateKeeper } from "../src/intermediate-keeper.ts";
import { Intermediates } from "../src/intermediates.ts";
import { setUp } from "../src/set-up.ts";
import { signIntermediateVerb } from "../src/sign-intermediate.ts";
import { signLeafVerb } from "../src/sign-leaf.ts";
import { refusalOf, requestOf } from "./support.ts";
import { startTwoDatacenters, type TwoDatacenters } from "./two-datacenters.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

let resources: AsyncDisposableStack;
let mesh: TwoDatacenters;
let clock: FakeClock;
let authority: Authority;
let keeper: IntermediateKeeper;
let readiness: Readiness;
/** Whether the CA of the primary can be asked. */
let signs: boolean;

beforeEach(async () => {
  resources = new AsyncDisposableStack();
  mesh = resources.use(await startTwoDatacenters());
  const data = resources.use(await temporaryDirectory());
  clock = new FakeClock();
  readiness = new Readiness();
  const log = { info: () => {}, warn: () => {} };
  const { bus } = mesh.dc1;
  const roots = await Bucket.open(bus, BUCKETS.caRoots);
  const keyBucket = await Bucket.open(bus, BUCKETS.caKeys);
  const keys = await setUp({ roots, keyBucket, sealKeyPath: `${data.path}/seal`, clock, log });
  authority = { roots, keys, limit: new CsrLimit(), clock, datacenter: "dc1", log };
  signs = true;
  const sign = signIntermediateVerb(authority)["ca.sign-intermediate"];
  answer(bus, {
    "ca.sign-intermediate": (asked) => (signs ? sign(asked) : Promise.reject(new Refusal(500, "out of order"))),
  });

  const copy = await Bucket.open(mesh.dc2.bus, BUCKETS.caRoots);
  const sealKeys = await SealKeyRing.loadOrCreate(`${data.path}/dc2-seal`);
  const intermediates = new Intermediates(await Bucket.open(mesh.dc2.bus, BUCKETS.caKeys), sealKeys, "dc2");
  const task = readiness.task("intermediate certificate");
  keeper = new IntermediateKeeper({ bus: mesh.dc2.bus, roots: copy, intermediates, clock, log, task });
  await configure({ LeafCertTTL: "1h", IntermediateCertTTL: "10h" });
  await eventually(async () =>
    expect((await copy.get("configuration"))?.value.Config).toHaveProperty("LeafCertTTL", "1h"),
  );
});
afterEach(async () => await resources.disposeAsync());

const configure = (Config: Record<string, unknown>) =>
  configurationVerbs(authority)["ca.configure"]({ Configuration: { Provider: "consul", Config } });

/** A leaf that is signed in the secondary, and the certificate that signed it. */
async function signed() {
  const { TrustDomain } = (await authority.roots.get("roots"))?.value ?? expect.fail("it has been set up");
  const { csr } = await requestOf("db", { TrustDomain }, "dc2");
  const [issuer, settings] = [() => keeper.issuer(), () => keeper.settings()];
  const verbs = signLeafVerb({ datacenter: "dc2", limit: new CsrLimit(), clock, issuer, settings });
  const leaf = await verbs["ca.sign-leaf"]({ CSR: csr });
  const [, intermediate = ""] = splitCertificates(leaf.CertPEM);
  return { ...leaf, intermediate: certificateFacts(intermediate) };
}

describe("an intermediate", () => {
  test("is renewed at half of its life; the old one signs until the new one is there", async () => {
    expect(await keeper.look()).toBeUndefined();
    const first = await signed();
    const { notBeforeMs, notAfterMs } = first.intermediate;
    expect([notBeforeMs - clock.now(), notAfterMs - clock.now()]).toEqual([-MINUTE, 10 * HOUR]);
    const half = (await keeper.look()) ?? expect.fail("nothing is due");
    expect(half).toBe((notBeforeMs + notAfterMs) / 2);
    expect((await signed()).intermediate.serial).toBe(first.intermediate.serial);

    await clock.advance(half - clock.now());
    signs = false;
    expect(await keeper.look()).toBeUndefined();
    expect((await signed()).intermediate.serial).toBe(first.intermediate.serial);
    expect(readiness.report().ready).toBe(true);
    signs = true;
    expect(await keeper.look()).toBeUndefined();
    const next = await signed();
    expect(next.intermediate.serial).not.toBe(first.intermediate.serial);
    expect(next.intermediate.notAfterMs).toBe(clock.now() + 10 * HOUR);
  });

  test("is outlived by no leaf, and signs nothing once it has expired, which is told with the reason", async () => {
    await keeper.look();
    const { notAfterMs } = (await signed()).intermediate;
    signs = false;
    await clock.advance(notAfterMs - clock.now() - 10 * MINUTE);
    await keeper.look();
    expect((await signed()).ValidBefore).toBe("2026-01-01T10:00:00Z");
    await clock.advance(10 * MINUTE);
    await keeper.look();
    const message = "the intermediate certificate of the datacenter dc2 expired at 2026-01-01T10:00:00Z: out of order";
    expect(await refusalOf(signed())).toEqual({ status: 500, message });
    expect(readiness.report().waitingFor).toMatchObject([{ reason: message }]);
    signs = true;
    await keeper.look();
    expect((await signed()).ValidBefore).toBe("2026-01-01T11:00:00Z");
    expect(readiness.report().ready).toBe(true);
  });

  test("never outlives the root, and is then not asked for again and again", async () => {
    await keeper.look();
    const { notAfterMs: rootEndsMs } = certificateFacts(
      (await authority.roots.get("roots"))?.value.Roots[0]?.RootCert ?? "",
    );
    await clock.advance(rootEndsMs - clock.now() - HOUR);
    await keeper.look();
    expect((await signed()).intermediate.notAfterMs).toBe(rootEndsMs);
    expect(await keeper.look()).toBe(Number.POSITIVE_INFINITY);
  });

  test("sends cross-signed certificates along only for as long as they are valid", async () => {
    await configure({ LeafCertTTL: "72h", IntermediateCertTTL: "8760h", PrivateKeyBits: 384 });
    await eventually(async () => {
      await keeper.look();
      const { CertPEM, RootID } = await signed();
      expect(RootID).toBe((await authority.roots.get("roots"))?.value.ActiveRootID);
      expect(splitCertificates(CertPEM)).toHaveLength(3);
    });
    await clock.advance(7 * 24 * HOUR);
    expect(splitCertificates((await signed()).CertPEM)).toHaveLength(2);
  });
});

describe("the keeper", () => {
  test("tries again after a while, and looks at once when the roots change", async () => {
    const stop = new AbortController();
    signs = false;
    const keeping = keeper.keep(stop.signal);
    const serial = async () => (await signed()).intermediate.serial;
    await eventually(async () => expect((await refusalOf(signed()))?.message).toContain("out of order"));
    signs = true;
    await eventually(async () => {
      await clock.advance(10_000);
      await serial();
    });
    const first = await signed();
    await configure({ LeafCertTTL: "1h", IntermediateCertTTL: "10h", PrivateKeyBits: 384 });
    // The clock stands still: this is no retry.
    const second = await eventually(async () => {
      const now = await signed();
      expect(now.RootID).not.toBe(first.RootID);
      return now;
    });
    expect(second.intermediate.serial).not.toBe(first.intermediate.serial);
    stop.abort();
    await keeping;
  });
});

describe("a request for an intermediate", () => {
  const own = async () => signingSpiffeId((await authority.roots.get("roots"))?.value.TrustDomain ?? "");
  const refused = [
    {
      name: "that is none",
      csr: async () => "hello",
      says: "certificate request cannot be read: no PEM block of it",
    },
    {
      name: "of another trust domain",
      csr: async () => createCsr({ spiffeId: "spiffe://other.consul", key: await generateKeyPair() }),
      says: /^SPIFFE ID in CSR is not the signing ID of this trust domain: spiffe:\/\/other\.consul, we are spiffe:\/\/[0-9a-f-]{36}\.consul$/,
    },
    {
      name: "for a service",
      csr: async () =>
        createCsr({ spiffeId: `${await own()}/ns/default/dc/dc2/svc/web`, key: await generateKeyPair() }),
      says: /^SPIFFE ID in CSR is not the signing ID of this trust domain: /,
    },
    {
      name: "with a key that Consul does not know",
      csr: async () => {
        const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
        return createCsr({ spiffeId: await own(), key: { ...(await generateKeyPair()), publicKey } });
      },
      says: /^a key must be ec with 224, 256, 384 or 521 bits, or rsa with 2048 or 4096 bits, but this is rsa 1024$/,
    },
    {
      name: "of the primary datacenter itself",
      csr: async () => createCsr({ spiffeId: await own(), key: await generateKeyPair() }),
      datacenter: "dc1",
      says: /^the datacenter dc1 is the primary one/,
    },
  ] as const;
  for (const { name, csr, says, ...asked } of refused) {
    test(`${name} is refused`, async () => {
      const Datacenter = "datacenter" in asked ? asked.datacenter : "dc2";
      const refusal = await refusalOf(ask(mesh.dc2.bus, "ca.sign-intermediate", { Datacenter, CSR: await csr() }));
      expect(refusal).toEqual({ status: 400, message: expect.stringMatching(says) });
    });
  }
});
