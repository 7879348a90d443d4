import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger } from "@causeway/runtime";
import { FakeClock } from "@causeway/runtime/testing";
import { eventually, freePort } from "@causeway/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkOf } from "../check-definition.ts";
import { LocalState } from "../local-state.ts";
import type { CheckRequest } from "../registration-shapes.ts";
import { serviceOf } from "../service-definition.ts";
import type { OtherNodes } from "./aliases.ts";
import { CheckRunner } from "./runner.ts";

const SECOND_NS = 1e9;
const log = createLogger({ service: "test", level: "fatal" });
const NO_OTHERS: OtherNodes = {
  checksOf: () => undefined,
  hasService: () => false,
  follow: () => () => undefined,
};
let clock: FakeClock;
let state: LocalState;
let runner: CheckRunner;

beforeEach(() => {
  clock = new FakeClock();
  state = new LocalState();
  runner = new CheckRunner({ state, clock, log, otherNodes: NO_OTHERS, random: () => 0 });
});
afterEach(() => runner.close());

function registerCheck(request: CheckRequest, serviceId?: string): void {
  const service = serviceId === undefined ? undefined : { id: serviceId, name: serviceId, tags: [] };
  state.registerCheck(
    checkOf(request, { node: "n1", checkId: request.Name ?? "", ...(service === undefined ? {} : { service }) }),
  );
}

function resultOf(id: string): { Status?: string | undefined; Output?: string | undefined } {
  const { Status, Output } = state.checks.get(id)?.check ?? {};
  return { Status, Output };
}

describe("a TTL check", () => {
  test("stays as it was told for its TTL, then turns critical with the last output", async () => {
    registerCheck({ Name: "mem", TTL: 10 * SECOND_NS });
    expect(runner.heartbeat("mem", { status: "passing", output: "alive" })).toBe(true);
    await clock.advance(9_999);
    expect(resultOf("mem").Status).toBe("passing");
    await clock.advance(1);
    expect(resultOf("mem")).toEqual({
      Status: "critical",
      Output: "TTL expired (last output before timeout follows): alive",
    });
  });

  test("is alive as long as heartbeats come", async () => {
    registerCheck({ Name: "mem", TTL: 10 * SECOND_NS });
    for (let beat = 0; beat < 5; beat++) {
      runner.heartbeat("mem", { status: "passing", output: "" });
      await clock.advance(6_000);
    }
    expect(resultOf("mem").Status).toBe("passing");
  });

  test("alone takes heartbeats", () => {
    registerCheck({ Name: "tcp", TCP: "127.0.0.1:1", Interval: SECOND_NS });
    expect(runner.heartbeat("tcp", { status: "passing", output: "" })).toBe(false);
    expect(runner.heartbeat("unknown", { status: "passing", output: "" })).toBe(false);
  });
});

test("a long heartbeat keeps its beginning, as much of it as the check may keep", () => {
  registerCheck({ Name: "mem", TTL: 10 * SECOND_NS, OutputMaxSize: 4 });
  runner.heartbeat("mem", { status: "passing", output: "alive and well" });
  expect(resultOf("mem").Output).toBe("aliv ... (captured 4 of 14 bytes)");
});

describe("a heartbeat from before a restart", () => {
  const kept = () => {
    runner.close();
    registerCheck({ Name: "mem", TTL: 10 * SECOND_NS });
    state.setAlive("mem", "passing", "alive", clock.now() + 4_000);
    runner = new CheckRunner({ state, clock, log, otherNodes: NO_OTHERS, random: () => 0 });
  };
  const expired = "TTL expired (last output before timeout follows): alive";

  test("holds for as long as it did", async () => {
    kept();
    await clock.advance(3_999);
    expect(resultOf("mem").Status).toBe("passing");
    await clock.advance(1);
    expect(resultOf("mem")).toEqual({ Status: "critical", Output: expired });
  });

  test("that is over expires at once, and tells what it told after every further restart", async () => {
    kept();
    await clock.advance(10_000);
    for (let restart = 0; restart < 2; restart++) {
      runner.close();
      runner = new CheckRunner({ state, clock, log, otherNodes: NO_OTHERS, random: () => 0 });
      await clock.advance(0);
      expect(resultOf("mem")).toEqual({ Status: "critical", Output: expired });
    }
  });
});

describe("an HTTP check", () => {
  test("follows what the service answers", async () => {
    let status = 200;
    const server = createServer((_, response) => response.writeHead(status).end("fine"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      registerCheck({ Name: "web", HTTP: `http://127.0.0.1:${port}/`, Interval: SECOND_NS });
      for (const [answered, expected] of [
        [200, "passing"],
        [429, "warning"],
        [500, "critical"],
      ] as const) {
        status = answered;
        await eventually(async () => {
          await clock.advance(1_000);
          expect(resultOf("web").Status).toBe(expected);
        });
      }
    } finally {
      server.close();
    }
  });
});

describe("a TCP check of 10 s", () => {
  test("finds a service that is still starting within a second, and then keeps to its interval", async () => {
    const server = createServer();
    const port = await freePort();
    registerCheck({ Name: "gateway", TCP: `127.0.0.1:${port}`, Interval: 10 * SECOND_NS });
    await clock.advance(0);
    await eventually(() => expect(resultOf("gateway").Output).toContain("connection refused"));

    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    await clock.advance(1_000);
    await eventually(() => expect(resultOf("gateway").Status).toBe("passing"));

    server.close();
    await once(server, "close");
    const refused = () => expect(resultOf("gateway").Status).toBe("critical");
    await clock.advance(9_999);
    expect(refused).toThrow();
    await clock.advance(1);
    await eventually(refused);
  });
});

describe("an alias check", () => {
  test("follows the checks of the service that it names, as they come, change and go", () => {
    state.register([serviceOf({ Name: "web" })], [], false);
    registerCheck({ Name: "alias", AliasService: "web" }, "web-proxy");
    expect(resultOf("alias")).toEqual({ Status: "passing", Output: "No checks found." });
    registerCheck({ Name: "c", TTL: 60 * SECOND_NS }, "web");
    expect(resultOf("alias").Status).toBe("critical");
    runner.heartbeat("c", { status: "passing", output: "" });
    expect(resultOf("alias")).toEqual({ Status: "passing", Output: "All checks passing." });
    state.deregisterCheck("c");
    expect(resultOf("alias").Output).toBe("No checks found.");
  });
});

describe("an alias check of a node", () => {
  test("follows what is known of that, from when it is known", () => {
    runner.close();
    let tell: () => void = () => undefined;
    let known: { Name: string; ServiceID: string; Status: "passing" | "critical"; Output: string }[] | undefined;
    const otherNodes: OtherNodes = {
      checksOf: (node) => (node === "n2" ? known : []),
      hasService: () => true,
      follow: (_, changed) => {
        tell = changed;
        return () => {
          tell = () => undefined;
        };
      },
    };
    runner = new CheckRunner({ state, clock, log, otherNodes, random: () => 0 });
    registerCheck({ Name: "alias", AliasNode: "n2", AliasService: "db" });
    expect(resultOf("alias").Status).toBe("critical");
    known = [{ Name: "c", ServiceID: "db", Status: "passing", Output: "" }];
    tell();
    expect(resultOf("alias")).toEqual({ Status: "passing", Output: "All checks passing." });
    known = [{ Name: "c", ServiceID: "db", Status: "critical", Output: "gone" }];
    tell();
    expect(resultOf("alias")).toEqual({ Status: "critical", Output: 'Aliased check "c" failing: gone' });
  });
});

test("alias checks that follow each other come to an end", () => {
  state.register([serviceOf({ Name: "a" }), serviceOf({ Name: "b" })], [], false);
  registerCheck({ Name: "of-b", AliasService: "b" }, "a");
  registerCheck({ Name: "of-a", AliasService: "a" }, "b");
  registerCheck({ Name: "c", TTL: 60 * SECOND_NS }, "b");
  expect(resultOf("of-a").Status).toBe("critical");
  expect(resultOf("of-b").Status).toBe("critical");
});

test("a service whose check is critical for longer than it may is overdue, and not before", async () => {
  state.register([serviceOf({ Name: "web" })], [], false);
  registerCheck({ Name: "c", TTL: SECOND_NS, DeregisterCriticalServiceAfter: 90 * SECOND_NS }, "web");
  await clock.advance(90_000);
  expect(runner.overdue()).toEqual([]);
  await clock.advance(1);
  expect(runner.overdue()).toEqual(["web"]);
});
