import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import {
  ask,
  ECHO_SERVICE,
  openConnection,
  startEcho,
  startParent,
  waitForLog,
  waitUntilReady,
} from "./echo-service.ts";

describe("a service", () => {
  test("tells once that it is ready, with its ports, and ends with 0 on SIGTERM", async () => {
    await using service = await startEcho();
    const { pid, adminPort, listenPort } = await waitUntilReady(service);
    expect(pid).toBe(service.pid);
    expect((await ask(adminPort, "/readyz")).status).toBe(200);
    (await openConnection(listenPort)).destroy();
    expect((await ask(adminPort, "/metrics")).text).toContain("\necho_connections_total 1\n");

    service.signal("SIGTERM");
    expect(await service.exited).toEqual({ code: 0, signal: null });
    const messages = service.lines.map(({ text }) => JSON.parse(text).msg);
    expect(messages).toEqual(["starting", "ready", "draining", "closed", "stopped"]);
  });

  test("that is to log errors alone tells of its start all the same, and then of nothing less", async () => {
    await using service = await startEcho({ CAUSEWAY_LOG_LEVEL: "error" });
    await waitUntilReady(service);
    service.signal("SIGTERM");
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.lines.map(({ text }) => JSON.parse(text).msg)).toEqual(["starting", "ready"]);
  });

  test("is not ready before its tasks are done, and says which it waits for", async () => {
    await using service = await startEcho({ CAUSEWAY_READY_WHEN_TOLD: "true" });
    const { adminPort } = (await waitForLog(service, "starting")) as { adminPort: number };
    await expect.poll(() => ask(adminPort, "/readyz").then(({ text }) => text)).toContain("nobody has said so");
    expect((await ask(adminPort, "/readyz")).status).toBe(503);
    expect(service.output()).not.toContain('"ready"');
    await ask(adminPort, "/debug/tell");
    await waitUntilReady(service);
    expect((await ask(adminPort, "/readyz")).status).toBe(200);
  });

  test("lets open work finish after SIGTERM, takes no new work meanwhile, and says that it drains", async () => {
    await using service = await startEcho();
    const { adminPort, listenPort } = await waitUntilReady(service);
    const open = await openConnection(listenPort);
    service.signal("SIGTERM");
    await waitForLog(service, "draining");

    expect(await ask(adminPort, "/readyz")).toMatchObject({
      status: 503,
      text: expect.stringContaining('"draining": true'),
    });
    await expect(openConnection(listenPort)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    open.write("still here");
    expect(String(await once(open, "data"))).toBe("still here");
    open.end();
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.output()).not.toContain("cut short");
  });

  test("cuts the work short when the drain takes too long", async () => {
    await using service = await startEcho({ CAUSEWAY_DRAIN_TIMEOUT_MS: "50" });
    const { listenPort } = await waitUntilReady(service);
    const open = await openConnection(listenPort);
    const ended = once(open.resume(), "end");
    service.signal("SIGTERM");
    await ended;
    open.destroy();
    expect(await service.exited).toEqual({ code: 0, signal: null });
    await waitForLog(service, "drain cut short");
  });

  test("ends at once on a second SIGINT", async () => {
    await using service = await startEcho();
    const { listenPort } = await waitUntilReady(service);
    const open = await openConnection(listenPort);
    open.on("error", () => {});
    service.signal("SIGINT");
    await waitForLog(service, "draining");
    service.signal("SIGINT");
    expect(await service.exited).toEqual({ code: 130, signal: null });
    open.destroy();
  });

  test("goes on draining when SIGTERM follows SIGINT, as it does when a terminal and a supervisor both send", async () => {
    await using service = await startEcho();
    const { listenPort } = await waitUntilReady(service);
    const open = await openConnection(listenPort);
    service.signal("SIGINT");
    await waitForLog(service, "draining");
    service.signal("SIGTERM");
    open.write("still here");
    expect(String(await once(open, "data"))).toBe("still here");
    open.end();
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  test("can be stopped while it is still starting", async () => {
    await using service = await startEcho({ CAUSEWAY_NEVER_STARTS: "true" });
    await waitForLog(service, "starting");
    service.signal("SIGTERM");
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  test("goes on serving when nobody reads its log any more", async () => {
    const service = spawn(process.execPath, [ECHO_SERVICE], { stdio: ["ignore", "ignore", "pipe"] });
    await using _ = { [Symbol.asyncDispose]: async () => void service.kill("SIGKILL") };
    const lines = createInterface({ input: service.stderr })[Symbol.asyncIterator]();
    const { value: starting } = await lines.next();
    await lines.next();
    service.stderr.destroy();

    const { adminPort } = JSON.parse(String(starting));
    for (let line = 0; line < 10; line++) expect((await ask(adminPort, "/debug/say")).status).toBe(200);
    service.kill("SIGTERM");
    expect(await once(service, "exit")).toEqual([0, null]);
  });
});

describe("a service that fails", () => {
  test("ends with 64 on a bad configuration and names every bad variable", async () => {
    await using service = await startEcho({ CAUSEWAY_LISTEN_PORT: "99999", CAUSEWAY_ADMIN_PORT: "http" });
    expect(await service.exited).toEqual({ code: 64, signal: null });
    expect(service.output()).toContain('CAUSEWAY_LISTEN_PORT is "99999", but must be an integer from 0 to 65535');
    expect(service.output()).toContain('CAUSEWAY_ADMIN_PORT is "http", but must be an integer from 0 to 65535');
  });

  test("ends with 1 when it cannot start, and says why", async () => {
    await using service = await startEcho({ CAUSEWAY_FAIL_WITH: "no such bucket" });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(await waitForLog(service, "failed")).toMatchObject({
      level: "fatal",
      error: { message: "no such bucket" },
    });
  });

  test("ends with 1 when the admin port is taken", async () => {
    await using first = await startEcho();
    const { adminPort } = await waitUntilReady(first);
    await using second = await startEcho({ CAUSEWAY_ADMIN_PORT: String(adminPort) });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output()).toContain("EADDRINUSE");
  });

  test("ends with 1 after an error that nobody caught, having logged it", async () => {
    await using service = await startEcho();
    const { adminPort } = await waitUntilReady(service);
    await ask(adminPort, "/debug/crash").catch(() => undefined);
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.output()).toContain("nobody catches this");
    expect(service.output()).toContain('"level":"fatal"');
  });
});

describe("a service that exits with its parent", () => {
  for (const channel of ["none", "ipc"] as const) {
    test(`ends when the parent is killed (channel: ${channel})`, async () => {
      const parent = await startParent(channel, { CAUSEWAY_EXIT_WITH_PARENT: "1" });
      const { pid } = await waitUntilReady(parent);
      await using _ = { [Symbol.asyncDispose]: async () => endIfAlive(pid) };
      // The service shares the parent's output, which is at its end only when both are.
      await parent.kill9();
      expect(parent.lines.map(({ text }) => JSON.parse(text))).toContainEqual(
        expect.objectContaining({ msg: "draining", reason: "parent gone" }),
      );
      expect(parent.output()).toContain('"stopped"');
    });
  }

  test("ends at once when the process it was told of is not its parent", async () => {
    await using service = await startEcho({ CAUSEWAY_EXIT_WITH_PARENT: "999999999" });
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  test("outlives it unless told to", async () => {
    const parent = await startParent("none", {});
    const { pid, adminPort } = await waitUntilReady(parent);
    await using _ = { [Symbol.asyncDispose]: async () => endIfAlive(pid) };
    const gone = parent.kill9();
    await expect.poll(() => isAlive(parent.pid)).toBe(false);
    expect((await ask(adminPort, "/healthz")).status).toBe(200);
    endIfAlive(pid);
    await gone;
  });
});

test("--help tells the variables and ends with 0", async () => {
  await using service = await startEcho({}, ["--help"]);
  expect(await service.exited).toEqual({ code: 0, signal: null });
  expect(service.output()).toContain("CAUSEWAY_LISTEN_PORT (an integer from 0 to 65535; default 0)");
  expect(service.output()).toContain("CAUSEWAY_NATS_URL");
});

test("--describe tells the variables to programs", async () => {
  await using service = await startEcho({}, ["--describe"]);
  expect(await service.exited).toEqual({ code: 0, signal: null });
  expect(JSON.parse(service.output())).toContainEqual({
    variable: "CAUSEWAY_LISTEN_PORT",
    range: "an integer from 0 to 65535",
    fallback: 0,
    required: false,
    secret: false,
    purpose: expect.any(String),
  });
});

test("--check ends with 0 where it could start, else with 64 and the reason, and starts nothing", async () => {
  await using good = await startEcho({}, ["--check"]);
  expect(await good.exited).toEqual({ code: 0, signal: null });
  expect(good.output()).toBe("");
  await using bad = await startEcho({ CAUSEWAY_LISTEN_PORT: "all" }, ["--check"]);
  expect(await bad.exited).toEqual({ code: 64, signal: null });
  expect(bad.output()).toContain('CAUSEWAY_LISTEN_PORT is "all"');
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function endIfAlive(pid: number): void {
  if (isAlive(pid)) process.kill(pid, "SIGKILL");
}
