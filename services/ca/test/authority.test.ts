import { Bucket, type Bus } from "@causeway/bus";
import { BUCKETS, type CaRoots, serviceSpiffeId } from "@causeway/model";
import { certificateFacts, createCsr, generateKeyPair } from "@causeway/pki";
import { FakeClock } from "@causeway/runtime/testing";
import { type NatsServer, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Authority } from "../src/authority.ts";
import { configurationVerbs } from "../src/configure.ts";
import { CsrLimit } from "../src/csr-limit.ts";
import { signingByRoot } from "../src/primary.ts";
import { setUp } from "../src/set-up.ts";
import { signLeafVerb } from "../src/sign-leaf.ts";
import { keepRoots, lookAfterRoots } from "../src/upkeep.ts";
import { connectTo, refusalOf, requestOf } from "./support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let nats: NatsServer;
let bus: Bus;
let data: Awaited<ReturnType<typeof temporaryDirectory>>;
let authority: Authority & { readonly clock: FakeClock };
let lines: string[];

beforeEach(async () => {
  [nats, data] = await Promise.all([startNatsServer(), temporaryDirectory()]);
  bus = await connectTo(nats);
  const clock = new FakeClock();
  lines = [];
  const note = (_facts: unknown, message?: string) => void lines.push(message ?? "");
  const log = { info: note, warn: note };
  const roots = await Bucket.open(bus, BUCKETS.caRoots);
  const keyBucket = await Bucket.open(bus, BUCKETS.caKeys);
  const keys = await setUp({ roots, keyBucket, sealKeyPath: `${data.path}/seal`, clock, log });
  authority = { roots, keys, limit: new CsrLimit(), clock, datacenter: "dc1", log };
});
afterEach(async () => {
  await bus.drain();
  await nats.stop();
  await data[Symbol.asyncDispose]();
});

async function present(): Promise<CaRoots> {
  const stored = await authority.roots.get("roots");
  if (stored === undefined) throw new Error("it has been set up");
  return stored.value;
}

const sign = (CSR: string) => signLeafVerb(signingByRoot(authority))["ca.sign-leaf"]({ CSR });
const configure = (Config: Record<string, unknown>, ForceWithoutCrossSigning = false) =>
  configurationVerbs(authority)["ca.configure"]({
    Configuration: { Provider: "consul", Config, ForceWithoutCrossSigning },
  });

describe("a leaf", () => {
  test("is for the service that asked, lasts 72 hours, and fits both sides of mutual TLS", async () => {
    const { TrustDomain, ActiveRootID } = await present();
    const { csr } = await requestOf("Svc.With-Dots", { TrustDomain });
    const leaf = await sign(csr);
    const ServiceURI = `spiffe://${TrustDomain}/ns/default/dc/dc1/svc/Svc.With-Dots`;
    expect(leaf).toMatchObject({
      Service: "Svc.With-Dots",
      ServiceURI,
      ValidAfter: "2025-12-31T23:59:00Z",
      ValidBefore: "2026-01-04T00:00:00Z",
      RootID: ActiveRootID,
      SerialNumber: expect.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2})*$/),
    });
    expect(certificateFacts(leaf.CertPEM)).toMatchObject({
      uris: [ServiceURI],
      isCa: false,
      serial: leaf.SerialNumber,
    });
    // Fifty a second are signed, and the clock stands still.
    await authority.clock.advance(20);
    expect((await sign(csr)).SerialNumber).not.toBe(leaf.SerialNumber);
  });

  const spiffe = (change: object) => (TrustDomain: string) =>
    serviceSpiffeId({ trustDomain: TrustDomain, namespace: "default", datacenter: "dc1", service: "web", ...change });
  const refused = [
    {
      name: "another datacenter",
      spiffeId: spiffe({ datacenter: "dc2" }),
      message: /^SPIFFE ID in CSR from a different datacenter: dc2, we are dc1$/,
    },
    {
      name: "another trust domain",
      spiffeId: spiffe({ trustDomain: "evil.consul" }),
      message: /^SPIFFE ID in CSR from a different trust domain: evil\.consul, we are [0-9a-f-]{36}\.consul$/,
    },
    {
      name: "a CA",
      spiffeId: (trustDomain: string) => `spiffe://${trustDomain}`,
      message: /^SPIFFE ID in CSR must be a service, mesh-gateway, or agent ID$/,
    },
  ] as const;
  for (const { name, spiffeId, message } of refused) {
    test(`is not signed for ${name}`, async () => {
      const { TrustDomain } = await present();
      const csr = createCsr({ spiffeId: spiffeId(TrustDomain), key: await generateKeyPair() });
      const refusal = await refusalOf(sign(csr));
      expect(refusal?.status).toBe(500);
      expect(refusal?.message).toMatch(message);
    });
  }

  test("is not signed for what is no request, or one that was tampered with", async () => {
    expect((await refusalOf(sign("hello")))?.status).toBe(400);
    const { csr } = await requestOf("web", await present());
    const lines = csr.split("\n");
    const der = Buffer.from(lines.slice(1, -2).join(""), "base64");
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const forged = [lines[0], der.toString("base64"), ...lines.slice(-2)].join("\n");
    expect(await refusalOf(sign(forged))).toMatchObject({ status: 400 });
  });
});

describe("when too many leaves are asked for at once", () => {
  test("some wait for their turn and the rest are told to try again later", async () => {
    await configure({ CSRMaxPerSecond: 10 });
    const { csr } = await requestOf("web", await present());
    const asked = Array.from({ length: 10 }, () => refusalOf(sign(csr)));
    // The last of those that got a turn has to wait for half a second.
    while (authority.clock.waiting < 5) await new Promise((resolve) => setImmediate(resolve));
    await authority.clock.advance(500);
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(6);
    const refused = { status: 500, message: "Rate limit reached, try again later" };
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([refused, refused, refused, refused]);
    await authority.clock.advance(100);
    expect(await refusalOf(sign(csr))).toBeUndefined();
  });
});

describe("as time passes", () => {
  test("the root that was rotated out goes after two leaf lifetimes, its voucher after a week", async () => {
    await configure({ LeafCertTTL: "72h", PrivateKeyBits: 384 });
    const counts = async () => {
      await lookAfterRoots(authority);
      const { Roots } = await present();
      return [Roots.length, Roots.at(-1)?.IntermediateCerts?.length ?? 0];
    };
    expect(await counts()).toEqual([2, 1]);
    await authority.clock.advance(144 * HOUR);
    expect(await counts()).toEqual([2, 1]);
    await authority.clock.advance(1);
    expect(await counts()).toEqual([1, 1]);
    await authority.clock.advance(DAY);
    expect(await counts()).toEqual([1, 0]);
    expect(lines).toContain("old roots dropped");
  });

  test("this is looked after every hour", async () => {
    await configure({ LeafCertTTL: "1h", PrivateKeyBits: 384 });
    const stop = new AbortController();
    const kept = keepRoots(authority, stop.signal);
    for (let hours = 0; hours < 3; hours++) {
      while (authority.clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
      expect((await present()).Roots).toHaveLength(2);
      await authority.clock.advance(HOUR);
    }
    while (authority.clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await present()).Roots).toHaveLength(1);
    stop.abort();
    await kept;
  });

  test("a leaf never outlives the root, and an expired root signs nothing", async () => {
    await configure({ PrivateKeyBits: 384, RootCertTTL: "8760h" });
    const { Roots, TrustDomain } = await present();
    const end = Date.parse(Roots.at(-1)?.NotAfter ?? "");
    const { csr } = await requestOf("web", { TrustDomain });
    await authority.clock.advance(end - authority.clock.now() - HOUR);
    expect((await sign(csr)).ValidBefore).toBe(Roots.at(-1)?.NotAfter);
    await authority.clock.advance(HOUR);
    expect(await refusalOf(sign(csr))).toEqual({
      status: 500,
      message: expect.stringMatching(/ can sign nothing any more: it expired at 2027-01-01T00:00:00\.000Z$/),
    });
  });

  test("a root of the CA's own is renewed before it ends, and the old one vouches for the new one", async () => {
    await configure({ PrivateKeyBits: 384, RootCertTTL: "8760h" });
    await authority.clock.advance(365 * DAY - 144 * HOUR);
    await lookAfterRoots(authority);
    expect((await present()).ActiveRootID).toBe((await present()).Roots.at(-1)?.ID);
    const before = (await present()).ActiveRootID;
    await authority.clock.advance(1);
    await lookAfterRoots(authority);
    const { Roots, ActiveRootID, TrustDomain } = await present();
    expect(ActiveRootID).not.toBe(before);
    expect(Roots.at(-1)).toMatchObject({ Active: true, PrivateKeyBits: 384, IntermediateCerts: [expect.any(String)] });
    expect(Roots.at(-2)).toMatchObject({ ID: before, Active: false });
    const { csr } = await requestOf("web", { TrustDomain });
    expect((await sign(csr)).RootID).toBe(ActiveRootID);
  });

  test("a CA that slept past its root's end makes a new one, for which nobody vouches", async () => {
    await configure({ PrivateKeyBits: 384, RootCertTTL: "8760h" });
    await authority.clock.advance(400 * DAY);
    await lookAfterRoots(authority);
    const { Roots, TrustDomain } = await present();
    expect(Roots.at(-1)).toMatchObject({ Active: true, IntermediateCerts: null });
    const { csr } = await requestOf("web", { TrustDomain });
    expect(await refusalOf(sign(csr))).toBeUndefined();
  });

  test("a root that was brought is not replaced but told of; its operator must not expect it to vouch when it is past", async () => {
    const brought = await generateKeyPair();
    await configure({ PrivateKey: brought.privateKeyPem, RootCertTTL: "8760h" });
    const { ActiveRootID } = await present();
    await authority.clock.advance(400 * DAY);
    await lookAfterRoots(authority);
    expect((await present()).ActiveRootID).toBe(ActiveRootID);
    expect(lines).toContain("the root that was brought must be replaced");
    expect(await refusalOf(configure({}))).toEqual({
      status: 500,
      message: expect.stringMatching(/it expired at .*\. Set ForceWithoutCrossSigning to go on without it$/),
    });
    await configure({}, true);
    expect((await present()).ActiveRootID).not.toBe(ActiveRootID);
  });
});
