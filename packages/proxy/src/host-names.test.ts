import { FakeClock } from "@causeway/runtime/testing";
import { describe, expect, test } from "vitest";
import { HostNames } from "./host-names.ts";

const REFRESH_MS = 10_000;

/** A resolver whose answers a test can change. */
function fakeDns() {
  const answers = new Map<string, readonly string[]>();
  const asked: string[] = [];
  const lookup = async (host: string) => {
    asked.push(host);
    const addresses = answers.get(host);
    if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
    return addresses;
  };
  const clock = new FakeClock();
  return { answers, asked, clock, hostNames: new HostNames(lookup, clock, REFRESH_MS) };
}

test("an address is its own answer and is never looked up", async () => {
  const { hostNames, asked } = fakeDns();
  expect(await hostNames.addresses("10.0.0.1")).toEqual(["10.0.0.1"]);
  expect(await hostNames.addresses("2001:db8::1")).toEqual(["2001:db8::1"]);
  expect(asked).toEqual([]);
});

test("all addresses count, of both families, and each call begins with the next", async () => {
  const { hostNames, answers } = fakeDns();
  answers.set("db", ["10.0.0.1", "10.0.0.2", "2001:db8::1"]);
  expect(await hostNames.addresses("db")).toEqual(["10.0.0.1", "10.0.0.2", "2001:db8::1"]);
  expect(await hostNames.addresses("db")).toEqual(["10.0.0.2", "2001:db8::1", "10.0.0.1"]);
  expect(await hostNames.addresses("db")).toEqual(["2001:db8::1", "10.0.0.1", "10.0.0.2"]);
});

test("many who ask at once share one lookup", async () => {
  const { hostNames, answers, asked } = fakeDns();
  answers.set("db", ["10.0.0.1"]);
  await Promise.all(Array.from({ length: 10 }, () => hostNames.addresses("db")));
  expect(asked).toEqual(["db"]);
});

describe("a name in use", () => {
  test("is looked up again after the interval", async () => {
    const { hostNames, answers, clock } = fakeDns();
    answers.set("db", ["10.0.0.1"]);
    await hostNames.addresses("db");
    answers.set("db", ["10.0.0.9"]);
    await clock.advance(REFRESH_MS - 1);
    expect(await hostNames.addresses("db")).toEqual(["10.0.0.1"]);
    await clock.advance(1);
    expect(await hostNames.addresses("db")).toEqual(["10.0.0.9"]);
  });

  test("keeps its last answer while the resolver fails, and takes the next", async () => {
    const { hostNames, answers, clock } = fakeDns();
    answers.set("db", ["10.0.0.1"]);
    await hostNames.addresses("db");
    answers.delete("db");
    await clock.advance(3 * REFRESH_MS);
    expect(await hostNames.addresses("db")).toEqual(["10.0.0.1"]);
    answers.set("db", ["10.0.0.9"]);
    await clock.advance(REFRESH_MS);
    expect(await hostNames.addresses("db")).toEqual(["10.0.0.9"]);
  });
});

test("a name that has never had an answer fails, and is asked for again by the next", async () => {
  const { hostNames, answers } = fakeDns();
  await expect(hostNames.addresses("db")).rejects.toThrow("ENOTFOUND db");
  answers.set("db", []);
  await expect(hostNames.addresses("db")).rejects.toThrow("the name has no address");
  answers.set("db", ["10.0.0.1"]);
  expect(await hostNames.addresses("db")).toEqual(["10.0.0.1"]);
});

test("a name that nobody uses any more is forgotten", async () => {
  const { hostNames, answers, asked, clock } = fakeDns();
  answers.set("db", ["10.0.0.1"]);
  await hostNames.addresses("db");
  await clock.advance(100 * REFRESH_MS);
  expect(clock.waiting).toBe(0);
  const lookups = asked.length;
  await clock.advance(100 * REFRESH_MS);
  expect(asked.length).toBe(lookups);
});

test("nothing is waited for after the end", async () => {
  const { hostNames, answers, clock } = fakeDns();
  answers.set("db", ["10.0.0.1"]);
  await hostNames.addresses("db");
  hostNames.close();
  expect(clock.waiting).toBe(0);
});
