import type { InstanceRecord } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gateway } from "../test/gateway.ts";
import { isNewer, isNews, nanosecondsOf, type Statement, type Version } from "./news.ts";

const MORNING = "2026-01-01T08:00:00.5Z";
const EVENING = "2026-01-01T20:00:00Z";
const at = (CatalogMade: string, CatalogRevision: number): Version => ({ CatalogMade, CatalogRevision });

describe("information is newer", () => {
  const cases = [
    { name: "at a later revision", a: at(MORNING, 8), b: at(MORNING, 7), newer: true },
    { name: "not at the same one", a: at(MORNING, 7), b: at(MORNING, 7), newer: false },
    { name: "not at an earlier one", a: at(MORNING, 6), b: at(MORNING, 7), newer: false },
    { name: "from a catalog made later, at any revision", a: at(EVENING, 1), b: at(MORNING, 7), newer: true },
    { name: "not from one made earlier", a: at(MORNING, 7), b: at(EVENING, 1), newer: false },
    {
      name: "by a nanosecond, of which NATS drops the trailing zeros",
      a: at("2026-01-01T08:00:00.500000001Z", 1),
      b: at(MORNING, 7),
      newer: true,
    },
    { name: "by a fraction of a second", a: at(MORNING, 1), b: at("2026-01-01T08:00:00Z", 7), newer: true },
    {
      name: "by the time and not by how it is written",
      a: at("2026-01-01T09:00:00+02:00", 7),
      b: at(MORNING, 1),
      newer: false,
    },
    { name: "when the other's time cannot be read", a: at(MORNING, 1), b: at("yesterday", 7), newer: true },
  ];
  for (const { name, a, b, newer } of cases) test(name, () => expect(isNewer(a, b)).toBe(newer));

  const version = fc.record({
    CatalogMade: fc.constantFrom(MORNING, EVENING, "2026-01-01T08:00:00.500Z", "yesterday"),
    CatalogRevision: fc.nat({ max: 5 }),
  });

  test("in one order: neither than itself, nor both than each other, nor in a circle", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(isNewer(a, a)).toBe(false);
        expect(isNewer(a, b) && isNewer(b, a)).toBe(false);
        if (isNewer(a, b) && isNewer(b, c)) expect(isNewer(a, c)).toBe(true);
        // What is neither newer nor older is the same to a third.
        if (!isNewer(a, b) && !isNewer(b, a)) expect(isNewer(a, c)).toBe(isNewer(b, c));
      }),
    );
  });
});

describe("what is true is news", () => {
  const of = (version: Version, ...MeshGateways: InstanceRecord[]): Statement => ({ ...version, MeshGateways });
  const here = gateway({ address: "198.51.100.1" });
  const there = gateway({ address: "198.51.100.2" });
  const now = of(at(MORNING, 9), there);
  const cases = [
    { name: "to one who knows nothing", known: undefined, news: true },
    { name: "to one who knows of none", known: of(at(MORNING, 8)), news: true },
    { name: "to one who knows of another address", known: of(at(MORNING, 8), here), news: true },
    {
      name: "to one who knows the same of another catalog",
      known: of(at("2026-01-01T07:00:00Z", 9), there),
      news: true,
    },
    { name: "not to one who knows it since an earlier revision", known: of(at(MORNING, 8), there), news: false },
    { name: "not to one who knows it", known: now, news: false },
    { name: "not to one who knows something newer", known: of(at(MORNING, 10), here), news: false },
    { name: "not to one who knows of a newer catalog", known: of(at(EVENING, 1), here), news: false },
    {
      name: "to one who has forgotten what it was told",
      known: of(at(MORNING, 7), there),
      told: at(MORNING, 8),
      news: true,
    },
    {
      name: "not to one who knows what it was told",
      known: of(at(MORNING, 8), there),
      told: at(MORNING, 8),
      news: false,
    },
  ];
  for (const { name, known, told, news } of cases) {
    test(name, () => expect(isNews(now, known, told)).toBe(news));
  }
});

test("a time is read to the nanosecond, or not at all", () => {
  expect(nanosecondsOf("1970-01-01T00:00:01.25Z")).toBe(1_250_000_000n);
  expect(nanosecondsOf("1970-01-01T01:00:00+01:00")).toBe(0n);
  for (const none of ["", "0", "1970-01-01", "1970-13-01T00:00:00Z"]) expect(nanosecondsOf(none)).toBeUndefined();
});
