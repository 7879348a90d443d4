import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AdminServer } from "./admin.ts";
import { createLogger } from "./log.ts";
import { logLevelSetting } from "./log-level-setting.ts";
import { LogLines } from "./log-lines.ts";
import { Metrics } from "./metrics.ts";
import { Readiness } from "./readiness.ts";

let lines: string[];
let readiness: Readiness;
let admin: AdminServer;
let base: string;
beforeEach(async () => {
  lines = [];
  readiness = new Readiness();
  const metrics = new Metrics();
  metrics.counter("seen_total", { description: "Seen." }).add(1);
  const log = createLogger({ service: "test", format: "json", write: (line) => lines.push(line) });
  admin = new AdminServer({ address: "127.0.0.1", port: 0, readiness, metrics, log });
  base = `http://127.0.0.1:${await admin.listen()}`;
});
afterEach(() => admin.close());

async function ask(path: string, method = "GET") {
  const response = await fetch(base + path, { method });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), text };
}

async function json(path: string) {
  const { status, text } = await ask(path);
  return { status, body: JSON.parse(text) };
}

describe("the admin server", () => {
  test("is alive while it answers", async () => {
    expect(await json("/healthz")).toEqual({ status: 200, body: { status: "alive" } });
  });

  test("is ready when every task is done, and tells which are not until then", async () => {
    const task = readiness.task("catalog mirror");
    task.failed("NATS is out of reach");
    expect(await json("/readyz")).toEqual({
      status: 503,
      body: {
        ready: false,
        draining: false,
        waitingFor: [{ name: "catalog mirror", done: false, reason: "NATS is out of reach" }],
      },
    });
    task.done();
    expect(await json("/readyz")).toEqual({ status: 200, body: { ready: true, draining: false, waitingFor: [] } });
  });

  test("gives metrics as Prometheus reads them", async () => {
    const { type, text } = await ask("/metrics");
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text).toContain("\nseen_total 1\n");
  });

  test("answers a service's own path with JSON, and gives it the query", async () => {
    admin.route("/debug/routes", "routes by server name", async (query) => ({ asked: query.get("name") }));
    expect(await json("/debug/routes?name=web")).toEqual({ status: 200, body: { asked: "web" } });
  });

  test("gives the same page to whoever asks by another way than HTTP", async () => {
    admin.route("/debug/routes", "routes by server name", async (query) => ({ asked: query.get("name") }));
    const { status, body } = await admin.page("/debug/routes?name=web");
    expect({ status, body: JSON.parse(body) }).toEqual(await json("/debug/routes?name=web"));
  });

  test("hides secrets in what it answers", async () => {
    admin.route("/debug/config", "configuration", () => ({ token: "s3cret", port: 1 }));
    expect((await json("/debug/config")).body).toEqual({ token: "[hidden]", port: 1 });
  });

  test("answers 404 where there is nothing, and lists the paths there are", async () => {
    admin.route("/debug/routes", "routes by server name", () => undefined);
    expect(await json("/debug/routes")).toMatchObject({ status: 404 });
    const { status, body } = await json("/nothing");
    expect(status).toBe(404);
    expect(body.error).toBe("no such path: /nothing");
    expect(Object.keys(body.paths)).toEqual(["/healthz", "/readyz", "/metrics", "/debug/routes"]);
    expect(body.paths["/debug/routes"]).toBe("routes by server name");
  });

  test("answers 500 when a path fails, logs it, and goes on", async () => {
    admin.route("/debug/broken", "fails", () => {
      throw new Error("not now");
    });
    expect(await json("/debug/broken")).toEqual({ status: 500, body: { error: "not now" } });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      path: "/debug/broken",
      msg: "admin path failed",
    });
    expect((await json("/healthz")).status).toBe(200);
  });

  test("has settings that are read and changed while it runs", async () => {
    const logLines = new LogLines();
    admin.setting("/debug/log-level", logLevelSetting(logLines));
    expect(await json("/debug/log-level")).toEqual({ status: 200, body: { level: "info" } });
    expect(await ask("/debug/log-level?level=debug", "PUT")).toMatchObject({ status: 200 });
    expect(logLines.level).toBe("debug");
    const answer = await fetch(`${base}/debug/log-level`, { method: "PUT", body: '{"level": "warn"}' });
    expect(await answer.json()).toEqual({ level: "warn" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ msg: "setting changed", setting: "level", value: "debug" }),
      expect.objectContaining({ msg: "setting changed", value: "warn" }),
    ]);
  });

  test.each(["?level=loud", "", "?level="])(
    "refuses what is no value of a setting, and says which are: %s",
    async (query) => {
      const logLines = new LogLines();
      admin.setting("/debug/log-level", logLevelSetting(logLines));
      const { status, text } = await ask(`/debug/log-level${query}`, "PUT");
      expect(status).toBe(400);
      expect(JSON.parse(text).error).toMatch(
        /^level must be one of trace, debug, info, warn, error, fatal, not "(loud)?"$/,
      );
      expect(logLines.level).toBe("info");
    },
  );

  test("changes nothing else: only GET and HEAD are answered", async () => {
    expect((await ask("/metrics", "PUT")).status).toBe(405);
    expect((await ask("/healthz", "POST")).status).toBe(405);
    expect(await ask("/healthz", "HEAD")).toMatchObject({ status: 200, text: "" });
  });

  test("does not listen where another does", async () => {
    const port = Number(new URL(base).port);
    const log = createLogger({ service: "test", format: "json", write: () => {} });
    const second = new AdminServer({ address: "127.0.0.1", port, readiness, metrics: new Metrics(), log });
    await expect(second.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
