import type { Endpoint, RouteTarget } from "@causeway/routes";
import { array, assert as assertProperty, boolean, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConnectionFailure } from "./errors.ts";
import { inOrderOfPromise, type Prospect, prospectOf, reasonToPassOver } from "./failover.ts";

/** What a test says of a target: its name, a `+` or `-` for each endpoint's health, `!` behind those that failed, `~` when it is stale. */
function targetOf(text: string): RouteTarget {
  const [, name = "", stale, endpoints = ""] = /^(\w+)(~?) ?(.*)$/.exec(text) ?? [];
  return {
    name,
    outbound: { kind: "plain" },
    connectTimeoutMs: 1_000,
    endpoints: (endpoints.match(/[+-]!?/g) ?? []).map(endpointOf),
    ...(stale === "~" ? { stale: true } : {}),
  };
}

function endpointOf(text: string, port: number): Endpoint {
  const healthy = text.startsWith("+");
  return { address: text.endsWith("!") ? "failed" : "fine", port, weight: 1, healthy, node: "n", instance: `i${port}` };
}

function lastFailure({ address, port }: Endpoint): ConnectionFailure | undefined {
  if (address !== "failed") return undefined;
  return { code: "DIAL_FAILED", address: `${address}:${port}`, reason: "connection refused" };
}

function judge(text: string): Prospect {
  return prospectOf(targetOf(text), lastFailure);
}

describe("the order in which targets are tried", () => {
  const cases = [
    { name: "is that of the route", targets: ["a +", "b +", "c +"], order: "abc" },
    { name: "leaves out those without a healthy endpoint", targets: ["a -", "b", "c +", "d -!"], order: "c" },
    { name: "is empty when none has one", targets: ["a -", "b~ -", "c"], order: "" },
    { name: "has those that failed after those that did not", targets: ["a +!", "b +", "c +!", "d +"], order: "bdac" },
    {
      name: "counts as failed only whose every healthy endpoint failed",
      targets: ["a +!+", "b +!-", "c +"],
      order: "acb",
    },
    { name: "has the stale last", targets: ["a~ +", "b +!", "c +"], order: "cba" },
    { name: "takes the stale in their order, failed or not", targets: ["a~ +!", "b~ +"], order: "ab" },
    { name: "is that of the route when all failed", targets: ["a +!", "b +!+!"], order: "ab" },
    { name: "does not call one stale for being unhealthy", targets: ["a~ -", "b +!"], order: "b" },
  ];
  for (const { name, targets, order } of cases) {
    test(name, () => {
      const tried = inOrderOfPromise(targets.map(judge));
      expect(tried.map((target) => target.name).join("")).toBe(order);
    });
  }

  test("has every target with a healthy endpoint once, the better kind first, the route's order kept in each", async () => {
    const target = record({ stale: boolean(), endpoints: array(record({ healthy: boolean(), failed: boolean() })) });
    const rank = { promising: 0, failed: 1, stale: 2, unhealthy: 3 };
    await assertProperty(
      property(array(target, { maxLength: 8 }), (shapes) => {
        const prospects = shapes.map(({ stale, endpoints }, i) => {
          const marks = endpoints.map(({ healthy, failed }) => `${healthy ? "+" : "-"}${failed ? "!" : ""}`);
          return judge(`t${i}${stale ? "~" : ""} ${marks.join("")}`);
        });
        const expected = prospects
          .map((prospect, i) => ({ prospect, i }))
          .filter(({ i }) => shapes[i]?.endpoints.some(({ healthy }) => healthy))
          .toSorted((one, other) => rank[one.prospect.kind] - rank[other.prospect.kind] || one.i - other.i)
          .map(({ prospect }) => prospect.target);
        expect(inOrderOfPromise(prospects)).toEqual(expected);
      }),
    );
  });
});

describe("the reason to pass over a target", () => {
  const cases = [
    { target: "a +", reason: undefined },
    {
      target: "a +!",
      reason: { from: "a", code: "DIAL_FAILED", reason: "connecting to failed:0 failed: connection refused" },
    },
    {
      target: "a~ +",
      reason: {
        from: "a",
        code: "STALE",
        reason: "what is known of a may be out of date, since its datacenter is out of reach",
      },
    },
    {
      target: "a --",
      reason: { from: "a", code: "NO_HEALTHY_ENDPOINT", reason: "none of the 2 instances of a is healthy" },
    },
    { target: "a", reason: { from: "a", code: "NO_HEALTHY_ENDPOINT", reason: "a has no instance" } },
  ];
  for (const { target, reason } of cases) {
    test(`${target}: ${reason?.code ?? "none"}`, () => expect(reasonToPassOver(judge(target))).toEqual(reason));
  }
});
