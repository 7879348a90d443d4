import { expect, test } from "vitest";
import { Readiness } from "./readiness.ts";

test("without tasks a service is ready", async () => {
  const readiness = new Readiness();
  await readiness.whenReady();
  expect(readiness.report()).toEqual({ ready: true, draining: false, waitingFor: [] });
});

test("it is ready when the last task is done, not before", async () => {
  const readiness = new Readiness();
  const mirror = readiness.task("catalog mirror");
  const leaf = readiness.task("leaf");
  let ready = false;
  const waiting = readiness.whenReady().then(() => {
    ready = true;
  });
  mirror.done();
  await Promise.resolve();
  expect(ready).toBe(false);
  leaf.done();
  await waiting;
  expect(readiness.report().ready).toBe(true);
});

test("the report names what is waited for, each with the latest reason", () => {
  const readiness = new Readiness();
  readiness.task("listening").done();
  readiness.task("leaf");
  const mirror = readiness.task("catalog mirror");
  mirror.failed("NATS refused the connection");
  mirror.failed("NATS is out of reach");
  expect(readiness.report()).toEqual({
    ready: false,
    draining: false,
    waitingFor: [
      { name: "leaf", done: false, reason: "not done yet" },
      { name: "catalog mirror", done: false, reason: "NATS is out of reach" },
    ],
  });
});

test("a task that fails after it was done takes readiness away, until it is done again", () => {
  const readiness = new Readiness();
  const task = readiness.task("leaf");
  task.done();
  task.failed("expired");
  expect(readiness.report().ready).toBe(false);
  task.done();
  expect(readiness.report().ready).toBe(true);
});

test("who drains is never ready again", () => {
  const readiness = new Readiness();
  const task = readiness.task("leaf");
  readiness.drain();
  task.done();
  expect(readiness.report()).toMatchObject({ ready: false, draining: true, waitingFor: [] });
});
