import { EventEmitter, once } from "node:events";
import type { SignedLeaf } from "@causeway/model";
import { readCsr } from "@causeway/pki";
import { FakeClock } from "@causeway/runtime/testing";
import { describe, expect, test } from "vitest";
import { type HeldLeaf, Leaves, type LeavesOptions, type Trust } from "./leaves.ts";

const HOUR_MS = 3_600_000;
const TTL_MS = 72 * HOUR_MS;
const FIRST: Trust = { trustDomain: "one.consul", activeRootId: "root1", rootIds: ["root1"] };
const SECOND: Trust = { trustDomain: "one.consul", activeRootId: "root2", rootIds: ["root1", "root2"] };

/** Leaves whose CA is this test: it signs at once, with the root that `setUp` was told, or refuses. */
function setUp(options: Partial<LeavesOptions> = {}) {
  const clock = new FakeClock();
  const events = new EventEmitter();
  const ca = {
    root: "root1",
    refusal: undefined as string | undefined,
    uris: [] as string[],
    serial: 0,
    ttlMs: TTL_MS,
  };
  const sign = async (csr: string): Promise<SignedLeaf> => {
    ca.uris.push(...readCsr(csr).uris);
    if (ca.refusal !== undefined) throw new Error(ca.refusal);
    ca.serial += 1;
    return {
      SerialNumber: String(ca.serial),
      CertPEM: `certificate ${ca.serial}`,
      Service: "db",
      ServiceURI: "",
      ValidAfter: new Date(clock.now()).toISOString(),
      ValidBefore: new Date(clock.now() + ca.ttlMs).toISOString(),
      RootID: ca.root,
    };
  };
  const failures: string[] = [];
  const leaves = new Leaves({
    datacenter: "dc1",
    clock,
    random: () => 0.5,
    sign,
    changed: (service, leaf) => void events.emit("changed", service, leaf?.serial),
    failed: ({ reason, attempt }) => void failures.push(`${attempt}: ${reason}`),
    ...options,
  });
  /** Lets time pass, and resolves when a leaf has changed after that; the key of a request is made on another thread. */
  const afterNextChange = async (advanceMs: number) => {
    const changed = once(events, "changed");
    await clock.advance(advanceMs);
    return (await changed) as [service: string, serial: string | undefined];
  };
  return { clock, ca, leaves, failures, afterNextChange, events };
}

function heldLeaf(facts: Partial<HeldLeaf> = {}): HeldLeaf {
  const now = new FakeClock().now();
  return {
    certificatePem: "saved certificate",
    privateKeyPem: "saved key",
    serial: "saved",
    notBeforeMs: now - HOUR_MS,
    notAfterMs: now + 71 * HOUR_MS,
    rootId: "root1",
    trustDomain: "one.consul",
    ...facts,
  };
}

describe("Leaves", () => {
  test("gets a leaf for the service's own identity, with a key of its own", async () => {
    const { ca, leaves, afterNextChange } = setUp();
    leaves.hold("db");
    expect(leaves.progress("db")).toEqual({ ready: "asking" });
    leaves.trust(FIRST);
    expect(await afterNextChange(0)).toEqual(["db", "1"]);
    expect(ca.uris).toEqual(["spiffe://one.consul/ns/default/dc/dc1/svc/db"]);
    expect(leaves.progress("db")).toEqual({ ready: true });
    expect(leaves.leaf("db")).toMatchObject({
      certificatePem: "certificate 1",
      privateKeyPem: expect.stringMatching(/^-----BEGIN EC PRIVATE KEY-----/),
    });
  });

  test("is not asked for before it is known whom the mesh trusts", async () => {
    const { clock, ca, leaves } = setUp();
    leaves.hold("db");
    await clock.advance(HOUR_MS);
    expect(ca.uris).toEqual([]);
  });

  test("renews between 60 % and 90 % of its life, with another key, and serves the old one until then", async () => {
    const { clock, leaves, afterNextChange } = setUp();
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    const first = leaves.leaf("db");
    // Where `random` gives 0.5 that is at 75 %.
    await clock.advance(0.75 * TTL_MS - 1);
    expect(leaves.leaf("db")).toBe(first);
    expect(await afterNextChange(1)).toEqual(["db", "2"]);
    expect(leaves.leaf("db")?.privateKeyPem).not.toBe(first?.privateKeyPem);
  });

  for (const { share, random } of [
    { share: 0.6, random: 0 },
    { share: 0.9, random: 1 - Number.EPSILON },
  ]) {
    test(`renews at ${share} of its life when random gives ${random}`, async () => {
      const { clock, leaves, afterNextChange } = setUp({ random: () => random });
      leaves.trust(FIRST);
      leaves.hold("db");
      await afterNextChange(0);
      const [{ renewedAt = "" } = {}] = leaves.report();
      expect(Date.parse(renewedAt) - clock.now()).toBeCloseTo(share * TTL_MS, -1);
    });
  }

  test("when the active root changes, asks again within 30 seconds, and serves the old leaf meanwhile", async () => {
    const { clock, ca, leaves, afterNextChange } = setUp();
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    ca.root = "root2";
    leaves.trust(SECOND);
    await clock.advance(15_000 - 1);
    expect(leaves.leaf("db")?.serial).toBe("1");
    expect(leaves.progress("db")).toEqual({ ready: true });
    expect(await afterNextChange(1)).toEqual(["db", "2"]);
    expect(leaves.report()).toMatchObject([{ rootId: "root2" }]);
  });

  test("when the CA still signs with the root before, asks again within 30 seconds each time", async () => {
    const { ca, leaves, afterNextChange } = setUp();
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    leaves.trust(SECOND);
    expect(await afterNextChange(15_000)).toEqual(["db", "2"]);
    expect(leaves.report()).toMatchObject([{ rootId: "root1" }]);
    ca.root = "root2";
    expect(await afterNextChange(15_000)).toEqual(["db", "3"]);
    expect(leaves.report()).toMatchObject([{ rootId: "root2" }]);
  });

  test("a leaf of a root that has not been heard of yet is not asked for again", async () => {
    const { clock, ca, leaves, afterNextChange } = setUp();
    ca.root = "root2";
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    leaves.trust(SECOND);
    await clock.advance(HOUR_MS);
    expect(ca.uris).toHaveLength(1);
  });

  test("asks at once when the root of its leaf is trusted no more", async () => {
    const { ca, leaves, afterNextChange } = setUp();
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    ca.root = "root2";
    leaves.trust({ ...SECOND, rootIds: ["root2"] });
    expect(await afterNextChange(0)).toEqual(["db", "2"]);
  });

  test("a leaf of another trust domain is given up at once", async () => {
    const { leaves, afterNextChange, events } = setUp();
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    const changed = once(events, "changed");
    leaves.trust({ ...FIRST, trustDomain: "two.consul" });
    expect(await changed).toEqual(["db", undefined]);
    expect(leaves.leaf("db")).toBeUndefined();
    expect(await afterNextChange(0)).toEqual(["db", "2"]);
  });

  test("a request in vain is made again, later each time, and its reason is shown", async () => {
    const { ca, leaves, failures, afterNextChange } = setUp();
    ca.refusal = "Rate limit reached, try again later";
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    expect(leaves.progress("db")).toEqual({
      ready: false,
      reason: "no leaf certificate: Rate limit reached, try again later",
    });
    // Half of the ceiling is always waited for, and `random` gives half of the other half: 750 ms, then 1.5 s, then 3 s.
    await afterNextChange(750);
    await afterNextChange(1_500);
    ca.refusal = undefined;
    expect(await afterNextChange(3_000)).toEqual(["db", "1"]);
    expect(failures).toEqual([1, 2, 3].map((attempt) => `${attempt}: Rate limit reached, try again later`));
    expect(leaves.progress("db")).toEqual({ ready: true });
    expect(leaves.report()).toEqual([expect.not.objectContaining({ problem: expect.anything() })]);
  });

  test("a leaf that cannot be renewed is served until it expires, and not after that", async () => {
    const { clock, ca, leaves, afterNextChange } = setUp();
    ca.ttlMs = HOUR_MS;
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    const expiresMs = clock.now() + HOUR_MS;
    ca.refusal = "the CA is away";
    await afterNextChange(0.75 * HOUR_MS);
    expect(leaves.progress("db")).toEqual({ ready: true });
    while (clock.now() < expiresMs) await afterNextChange(60_000);
    expect(leaves.progress("db")).toEqual({
      ready: false,
      reason: `the leaf certificate expired at ${new Date(expiresMs).toISOString()}: the CA is away`,
    });
  });

  test("a saved leaf serves at once, without the CA, and is renewed by its age", async () => {
    const saved = new Map([["db", heldLeaf()]]);
    const { ca, leaves } = setUp({ saved });
    expect(leaves.progress("db")).toEqual({ ready: true });
    leaves.hold("db");
    leaves.trust(FIRST);
    expect(leaves.leaf("db")?.serial).toBe("saved");
    expect(leaves.report()).toMatchObject([
      { renewedAt: new Date(heldLeaf().notBeforeMs + 54 * HOUR_MS).toISOString() },
    ]);
    expect(ca.uris).toEqual([]);
  });

  test("a saved leaf that has expired is as good as none", async () => {
    const saved = new Map([["db", heldLeaf({ notAfterMs: new FakeClock().now() })]]);
    const { leaves, afterNextChange } = setUp({ saved });
    expect(leaves.progress("db")).toEqual({ ready: "asking" });
    leaves.hold("db");
    leaves.trust(FIRST);
    expect(await afterNextChange(0)).toEqual(["db", "1"]);
  });

  test("a leaf that has been released is neither held nor renewed", async () => {
    const { clock, ca, leaves, afterNextChange } = setUp();
    leaves.trust(FIRST);
    leaves.hold("db");
    await afterNextChange(0);
    leaves.release("db");
    await clock.advance(TTL_MS);
    expect(leaves.leaf("db")).toBeUndefined();
    expect(ca.uris).toHaveLength(1);
  });

  test("a leaf that comes after its release is dropped", async () => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<SignedLeaf>();
    const sign = () => {
      asked.resolve();
      return answered.promise;
    };
    const { clock, leaves } = setUp({ sign });
    leaves.trust(FIRST);
    leaves.hold("db");
    await clock.advance(0);
    await asked.promise;
    leaves.release("db");
    answered.reject(new Error("too late"));
    await clock.advance(TTL_MS);
    expect(leaves.report()).toEqual([]);
  });

  test("asks for no more than eight leaves at a time", async () => {
    let underWay = 0;
    let most = 0;
    const answers: (() => void)[] = [];
    const asked = new EventEmitter();
    const sign = async (): Promise<SignedLeaf> => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => {
        answers.push(resolve);
        asked.emit("asked");
      });
      underWay -= 1;
      throw new Error("no leaf in this test");
    };
    const { clock, leaves } = setUp({ sign });
    leaves.trust(FIRST);
    const askedTimes = async (times: number) => {
      while (answers.length < times) await once(asked, "asked");
    };
    for (let each = 0; each < 20; each++) leaves.hold(`service${each}`);
    const eight = askedTimes(8);
    await clock.advance(0);
    await eight;
    for (let served = 0; served < 20; served++) {
      await askedTimes(served + 1);
      answers[served]?.();
    }
    expect(most).toBe(8);
  });
});
