import type { Endpoint, Route, RouteTarget } from "@causeway/routes";
import { expect, test } from "vitest";
import { Balancer } from "../balancer.ts";
import type { FailedDial } from "../connection.ts";
import { RecentFailures } from "../recent-failures.ts";
import { type Arrival, attempts, type Result, type Step } from "./attempts.ts";

const CONNECT_TIMEOUT_MS = 1_000;

function endpoint(address: string): Endpoint {
  return { address, port: 80, weight: 1, healthy: true, node: "node", instance: address };
}

function target(name: string, ...addresses: readonly string[]): RouteTarget {
  const endpoints = addresses.map(endpoint);
  return { name, outbound: { kind: "plain" }, connectTimeoutMs: CONNECT_TIMEOUT_MS, endpoints };
}

function route(first: RouteTarget, ...failover: readonly RouteTarget[]): Route {
  return { ...first, inbound: { kind: "passthrough" }, failover };
}

/** A gateway in miniature: hosts in `dead` refuse, hosts in `silent` let the time run out, names have the addresses that `names` says. */
class World {
  readonly dead = new Set<string>();
  readonly silent = new Set<string>();
  /** Targets with which TLS cannot be begun. */
  readonly unready = new Set<string>();
  readonly names = new Map<string, readonly string[]>();
  readonly balancer = new Balancer();
  nowMs = 0;
  readonly recentFailures = new RecentFailures(() => this.nowMs);

  /** What a connection tries, in its order, and where it gets to. */
  connect(to: Route): {
    readonly tried: readonly string[];
    readonly arrival: Arrival;
    readonly failed: readonly FailedDial[];
  } {
    const { balancer, recentFailures } = this;
    const failed: FailedDial[] = [];
    const tried: string[] = [];
    const steps = attempts(to, { balancer, recentFailures, failedDials: failed, nowMs: () => this.nowMs });
    let next = steps.next();
    while (next.done !== true) {
      if (next.value.kind !== "originate") tried.push(next.value.host);
      next = steps.next(this.#resultOf(next.value));
    }
    return { tried, arrival: next.value, failed };
  }

  #resultOf(step: Step): Result {
    if (step.kind === "originate") {
      const { name } = step.target;
      const failure = { code: "NO_LEAF", service: name, reason: "none has been issued yet" } as const;
      return this.unready.has(name) ? { kind: "refused", failure } : { kind: "originated" };
    }
    if (step.kind === "resolve") {
      const hosts = this.names.get(step.host);
      return hosts === undefined ? { kind: "failed", reason: "ENOTFOUND" } : { kind: "addresses", hosts };
    }
    const silent = this.silent.has(step.host);
    if (silent) this.nowMs += step.target.connectTimeoutMs;
    if (!silent && !this.dead.has(step.host)) return { kind: "connected" };
    return { kind: "refused", failure: { code: "DIAL_FAILED", address: `${step.host}:80`, reason: "refused" } };
  }
}

test("a target that failed is left aside, and is the first again when its time is up", () => {
  const world = new World();
  const to = route(target("db", "10.0.0.1"), target("db in dc2", "10.0.0.2"));
  world.dead.add("10.0.0.1");
  expect(world.connect(to)).toMatchObject({
    tried: ["10.0.0.1", "10.0.0.2"],
    arrival: { kind: "arrived", endpoint: "10.0.0.2:80", target: "db in dc2", failover: { from: "db" } },
    failed: [{ target: "db", address: "10.0.0.1:80", code: "DIAL_FAILED" }],
  });
  world.dead.clear();
  expect(world.connect(to)).toMatchObject({ tried: ["10.0.0.2"], arrival: { failover: { code: "DIAL_FAILED" } } });
  world.nowMs += 5_000;
  const { tried, arrival } = world.connect(to);
  expect(tried).toEqual(["10.0.0.1"]);
  expect(arrival).toEqual({ kind: "arrived", endpoint: "10.0.0.1:80", target: "db", failover: undefined });
});

test("no more attempts begin when two connect timeouts have passed", () => {
  const world = new World();
  const addresses = Array.from({ length: 8 }, (_, i) => `10.0.0.${i + 1}`);
  for (const address of addresses) world.silent.add(address);
  const { tried, arrival } = world.connect(route(target("db", ...addresses)));
  expect(tried.length).toBe(3);
  expect(arrival).toMatchObject({ kind: "lost", failure: { code: "DIAL_FAILED" } });
});

test("a host name stands for four of its addresses at most, and is put aside when none of them would do", () => {
  const world = new World();
  const hosts = Array.from({ length: 6 }, (_, i) => `10.0.0.${i + 1}`);
  world.names.set("db.example", hosts);
  for (const host of hosts) world.dead.add(host);
  const to = route(target("db", "db.example", "10.1.0.1"));
  expect(world.connect(to).tried).toEqual(["db.example", ...hosts.slice(0, 4), "10.1.0.1"]);
  expect(world.connect(to).tried).toEqual(["10.1.0.1"]);
});

test("a host name without an answer gives its reason", () => {
  expect(new World().connect(route(target("db", "db.example"))).failed).toEqual([
    {
      target: "db",
      address: "db.example:80",
      code: "DIAL_FAILED",
      reason: "connecting to db.example:80 failed: its name cannot be resolved: ENOTFOUND",
    },
  ]);
});

test("a target with which TLS cannot be begun is left for the next without an attempt", () => {
  const world = new World();
  world.unready.add("db");
  const outbound = { kind: "mesh", leaf: "web", serverName: "db", spiffeIds: [] } as const;
  const to = route({ ...target("db", "10.0.0.1"), outbound }, { ...target("db in dc2", "10.0.0.2"), outbound });
  expect(world.connect(to)).toMatchObject({
    tried: ["10.0.0.2"],
    arrival: { kind: "arrived", target: "db in dc2", failover: { from: "db", code: "NO_LEAF" } },
    failed: [{ target: "db", code: "NO_LEAF", reason: expect.stringContaining("none has been issued yet") }],
  });
});

test("without a healthy endpoint nothing is tried", () => {
  expect(new World().connect(route(target("db")))).toMatchObject({
    tried: [],
    arrival: { kind: "lost", failure: { code: "NO_HEALTHY_ENDPOINT", destination: "db" } },
  });
});
