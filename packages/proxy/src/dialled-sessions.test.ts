import { X509Certificate } from "node:crypto";
import { createTestCa } from "@causeway/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { DialledSessions, type Standing, sessionPlace } from "./dialled-sessions.ts";
import type { Terms } from "./origination-terms.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Sessions by number, at a time that the test sets. */
function setUp() {
  const clock = { nowMs: 1_000 };
  const discarded: number[] = [];
  const sessions = new DialledSessions<number>(
    () => clock.nowMs,
    (session) => discarded.push(session),
  );
  const keep = (place: string, session: number, { forMs = MINUTE_MS, standing = sessions.standing([]) } = {}) =>
    sessions.keep(place, { session, standing }, clock.nowMs + forMs);
  return { clock, discarded, sessions, keep, take: (place: string) => sessions.take(place)?.session };
}

describe("sessions that can be resumed", () => {
  test("are given out once each, the newest first", () => {
    const { keep, take, discarded } = setUp();
    keep("a", 1);
    keep("a", 2);
    expect([take("a"), take("a"), take("a")]).toEqual([2, 1, undefined]);
    expect(discarded).toEqual([]);
  });

  test("are of use for no other place", () => {
    const { keep, take } = setUp();
    keep("a", 1);
    expect(take("b")).toBeUndefined();
    expect(take("a")).toBe(1);
  });

  test("are of use no longer than their ticket", () => {
    const { clock, keep, take, discarded } = setUp();
    keep("a", 1, { forMs: 500 });
    clock.nowMs += 500;
    expect(take("a")).toBeUndefined();
    expect(discarded).toEqual([1]);
  });

  test("are not kept at all for a ticket that is for no time", () => {
    const { keep, take, discarded } = setUp();
    keep("a", 1, { forMs: 0 });
    expect(discarded).toEqual([1]);
    expect(take("a")).toBeUndefined();
  });

  test("are of no use before they were begun, when the clock has been set back", () => {
    const { clock, keep, take, discarded } = setUp();
    keep("a", 1);
    clock.nowMs -= 1;
    expect(take("a")).toBeUndefined();
    expect(discarded).toEqual([1]);
  });

  test("follow one another for an hour at most after the handshake in which the far side has proved who it is", () => {
    const { clock, sessions, keep, take } = setUp();
    const standing = sessions.standing([]);
    for (let i = 0; i < 59; i++) {
      keep("a", i, { forMs: 2 * MINUTE_MS, standing });
      clock.nowMs += MINUTE_MS;
      expect(take("a")).toBe(i);
    }
    keep("a", 60, { forMs: 2 * MINUTE_MS, standing });
    clock.nowMs += MINUTE_MS;
    expect(take("a")).toBeUndefined();
  });

  test("are gone when they are forgotten, and those of other places are not", () => {
    const { keep, sessions, take, discarded } = setUp();
    keep("a", 1);
    keep("b", 2);
    sessions.forget("a");
    expect(discarded).toEqual([1]);
    expect([take("a"), take("b")]).toEqual([undefined, 2]);
  });

  test("are held no more, nor added, once that was closed", () => {
    const { keep, sessions, take, discarded } = setUp();
    keep("a", 1);
    sessions.close();
    keep("a", 2);
    expect(take("a")).toBeUndefined();
    expect(discarded).toEqual([1, 2]);
  });

  test("of one place are 16 at most: the oldest are let go of", () => {
    const { keep, discarded } = setUp();
    for (let i = 0; i < 18; i++) keep("a", i);
    expect(discarded).toEqual([0, 1]);
  });

  test("are 512 at most in all: those go first whose place was added to longest ago", () => {
    const { keep, take, discarded } = setUp();
    for (let i = 0; i < 512; i++) keep(`place ${i}`, i);
    keep("place 0", 1_000);
    expect(discarded).toEqual([1]);
    expect(take("place 0")).toBe(1_000);
  });

  test("are each given out or let go of exactly once, whatever happens in between", () => {
    const place = fc.integer({ min: 0, max: 40 }).map(String);
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("keep" as const), place, forMs: fc.nat(5) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("take" as const), place }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("forget" as const), place }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), place }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1_500 }), (steps) => {
        const { clock, sessions, keep, take, discarded } = setUp();
        const given: number[] = [];
        let made = 0;
        for (const each of steps) {
          if (each.do === "keep") keep(each.place, made++, { forMs: each.forMs });
          if (each.do === "take") given.push(...[take(each.place)].filter((session) => session !== undefined));
          if (each.do === "forget") sessions.forget(each.place);
          if (each.do === "wait") clock.nowMs += 1;
          expect(made - given.length - discarded.length).toBeLessThanOrEqual(512);
        }
        sessions.close();
        const all = [...given, ...discarded].sort((one, other) => one - other);
        expect(all).toEqual(Array.from({ length: made }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });
});

describe("what a far side has proved", () => {
  let standing: Standing;
  let nowMs = 0;
  const inMs = (ms: number) => new Date(nowMs + ms);

  beforeAll(async () => {
    nowMs = Math.floor(Date.now() / 1_000) * 1_000;
    const [soon, later] = await Promise.all([
      createTestCa({ notAfter: inMs(MINUTE_MS) }),
      createTestCa({ notAfter: inMs(24 * HOUR_MS) }),
    ]);
    const chain = [later, soon].map(({ cert }) => new X509Certificate(cert));
    standing = new DialledSessions(
      () => nowMs,
      () => {},
    ).standing(chain);
  });

  test("is good until the first certificate of its chain expires", () => {
    expect(standing.untilMs).toBe(nowMs + MINUTE_MS);
  });

  test("limits each session that comes of it, whatever the ticket says", () => {
    const clock = { nowMs };
    const sessions = new DialledSessions<number>(
      () => clock.nowMs,
      () => {},
    );
    sessions.keep("a", { session: 1, standing }, nowMs + HOUR_MS);
    clock.nowMs += MINUTE_MS;
    expect(sessions.take("a")).toBeUndefined();
  });
});

describe("the place of a session", () => {
  const terms: Terms = {
    caName: "the mesh's roots",
    clientCertificate: true,
    versions: "any",
    serverName: "db.consul",
    proof: { kind: "uri", uris: ["spiffe://db"] },
  };
  const base = sessionPlace("10.0.0.1:1", terms);

  test("is the same with the same address and terms", () => {
    expect(sessionPlace("10.0.0.1:1", structuredClone(terms))).toBe(base);
  });

  const others = [
    { name: "another address", place: sessionPlace("10.0.0.1:2", terms) },
    { name: "another server name", place: sessionPlace("10.0.0.1:1", { ...terms, serverName: "api.consul" }) },
    { name: "no server name", place: sessionPlace("10.0.0.1:1", { ...terms, serverName: undefined }) },
    {
      name: "another identity",
      place: sessionPlace("10.0.0.1:1", { ...terms, proof: { kind: "uri", uris: ["spiffe://api"] } }),
    },
    {
      name: "nothing to prove but the chain",
      place: sessionPlace("10.0.0.1:1", { ...terms, proof: { kind: "chain" } }),
    },
  ];
  for (const { name, place } of others) test(`is another with ${name}`, () => expect(place).not.toBe(base));
});
