import type { Endpoint } from "@causeway/routes";
import { array, assert as assertProperty, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { Balancer } from "./balancer.ts";

const anybody = () => true;

function endpoint(address: string, weight = 1, healthy = true): Endpoint {
  return { address, port: 80, weight, healthy, node: "node", instance: address };
}

function turns(balancer: Balancer, endpoints: readonly Endpoint[], count: number): string {
  return Array.from({ length: count }, () => balancer.choose("db", endpoints, anybody)?.address ?? "-").join("");
}

describe("turns", () => {
  const cases = [
    { name: "equal weights go round", endpoints: [endpoint("a"), endpoint("b"), endpoint("c")], expected: "abcabc" },
    {
      name: "weights are mixed evenly",
      endpoints: [endpoint("a", 5), endpoint("b"), endpoint("c")],
      expected: "aabacaaaabacaa",
    },
    { name: "the unhealthy get none", endpoints: [endpoint("a"), endpoint("b", 9, false)], expected: "aaaa" },
    { name: "nobody has none", endpoints: [], expected: "-" },
  ];
  for (const { name, endpoints, expected } of cases) {
    test(name, () => expect(turns(new Balancer(), endpoints, expected.length)).toBe(expected));
  }

  test("are exactly in proportion after one full round, whatever the weights", async () => {
    await assertProperty(
      property(array(integer({ min: 1, max: 128 }), { minLength: 1, maxLength: 12 }), (weights) => {
        const endpoints = weights.map((weight, i) => endpoint(`e${i}`, weight));
        const balancer = new Balancer();
        const counts = new Map<string | undefined, number>();
        for (let i = 0; i < weights.reduce((sum, weight) => sum + weight); i++) {
          const address = balancer.choose("db", endpoints, anybody)?.address;
          counts.set(address, (counts.get(address) ?? 0) + 1);
        }
        for (const { address, weight } of endpoints) expect(counts.get(address)).toBe(weight);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a new list of endpoints", () => {
  test("goes on where the old one was", () => {
    const balancer = new Balancer();
    const list = () => [endpoint("a"), endpoint("b"), endpoint("c")];
    expect(Array.from({ length: 6 }, () => turns(balancer, list(), 1)).join("")).toBe("abcabc");
  });

  test("lets a newcomer in without a flood", () => {
    const balancer = new Balancer();
    turns(balancer, [endpoint("a"), endpoint("b")], 101);
    expect(
      turns(balancer, [endpoint("a"), endpoint("b"), endpoint("c")], 3)
        .split("")
        .sort()
        .join(""),
    ).toBe("abc");
  });
});

test("those that are not eligible are passed over", () => {
  const endpoints = [endpoint("a"), endpoint("b")];
  const balancer = new Balancer();
  expect(balancer.choose("db", endpoints, ({ address }) => address !== "a")?.address).toBe("b");
  expect(balancer.choose("db", endpoints, () => false)).toBeUndefined();
});

test("targets do not take each other's turns, and one that is gone begins anew", () => {
  const endpoints = [endpoint("a"), endpoint("b")];
  const balancer = new Balancer();
  expect(balancer.choose("one", endpoints, anybody)?.address).toBe("a");
  expect(balancer.choose("two", endpoints, anybody)?.address).toBe("a");
  balancer.retain(new Set(["one"]));
  expect(balancer.choose("one", endpoints, anybody)?.address).toBe("b");
  expect(balancer.choose("two", endpoints, anybody)?.address).toBe("a");
});
