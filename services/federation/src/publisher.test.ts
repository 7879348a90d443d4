import type { FederationState } from "@causeway/model";
import { FakeClock } from "@causeway/runtime/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gateway } from "../test/gateway.ts";
import type { KnownGateways } from "./gateways.ts";
import { Publisher } from "./publisher.ts";

/** Longer than any pause between two attempts. */
const LONG_MS = 20_000;

let clock: FakeClock;
let lines: string[];
let here: KnownGateways | undefined;
let primary: { reachable: boolean; state: FederationState | undefined; told: number };
let failures: number;
let stop: AbortController;
let publisher: Publisher;

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  failures = 0;
  here = at(7);
  primary = { reachable: true, state: undefined, told: 0 };
  stop = new AbortController();
  const note = (_: object, message: string) => void lines.push(message);
  publisher = new Publisher({
    datacenter: "dc2",
    clock,
    log: { info: note as never, warn: note as never },
    read: async () => here,
    known: () => primary.state,
    tell: async (state) => {
      if (!primary.reachable) throw new Error("no path");
      primary.state = state;
      primary.told += 1;
    },
    failed: () => {
      failures += 1;
    },
  });
  void publisher.run(stop.signal);
});
afterEach(() => stop.abort());

function at(catalogRevision: number, ...addresses: readonly string[]): KnownGateways {
  const gateways = addresses.map((address) => gateway({ address }));
  return { gateways, catalogMade: "2026-01-01T08:00:00Z", catalogRevision };
}

async function look(): Promise<void> {
  publisher.look();
  await clock.advance(10);
}

describe("a publisher", () => {
  test("tells what is true, and when it was", async () => {
    await look();
    expect(primary.state).toMatchObject({
      Datacenter: "dc2",
      MeshGateways: [],
      CatalogMade: "2026-01-01T08:00:00Z",
      CatalogRevision: 7,
      UpdatedAt: "2026-01-01T00:00:00.005Z",
    });
  });

  test("waits until that is known", async () => {
    here = undefined;
    await look();
    expect({ told: primary.told, failures }).toEqual({ told: 0, failures: 0 });
  });

  test("tells changes that come together at once, and what has not changed not again", async () => {
    await look();
    here = at(9, "198.51.100.1");
    for (let n = 0; n < 10; n++) publisher.look();
    await clock.advance(LONG_MS);
    expect(primary).toMatchObject({ told: 2, state: { CatalogRevision: 9 } });
    here = at(10, "198.51.100.1");
    await look();
    expect(primary.told).toBe(2);
  });

  test("tells it again to one who has lost it", async () => {
    await look();
    primary.state = undefined;
    await look();
    expect(primary.told).toBe(2);
  });

  test("tries again until it is heard, and says only once that it waits, and once that it is heard", async () => {
    primary.reachable = false;
    await look();
    expect({ failing: publisher.failing, lines }).toMatchObject({
      failing: true,
      lines: [expect.stringMatching(/not/)],
    });
    await clock.advance(LONG_MS);
    expect(failures).toBeGreaterThan(3);
    primary.reachable = true;
    await clock.advance(LONG_MS);
    expect(primary.told).toBe(1);
    expect(publisher.failing).toBe(false);
    expect(lines).toHaveLength(2);
  });

  test("tries again at once when it is called, and then no more", async () => {
    primary.reachable = false;
    await look();
    await clock.advance(LONG_MS);
    primary.reachable = true;
    await look();
    expect(primary.told).toBe(1);
    expect(clock.waiting).toBe(0);
  });

  test("ends when it is told to, and leaves nothing behind", async () => {
    primary.reachable = false;
    await look();
    const before = failures;
    stop.abort();
    await clock.advance(LONG_MS);
    expect({ failures, waiting: clock.waiting }).toEqual({ failures: before, waiting: 0 });
  });
});
