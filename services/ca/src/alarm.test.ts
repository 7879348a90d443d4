import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { Alarm } from "./alarm.ts";

test("one who waits is woken when his time has come", async () => {
  const clock = new FakeClock();
  const waited = new Alarm(clock).wait(1_000);
  await clock.advance(1_000);
  expect(await waited).toBe(false);
});

test("one who waits is woken early by a ring, and no timer is left", async () => {
  const clock = new FakeClock();
  const alarm = new Alarm(clock);
  const waited = alarm.wait(1_000);
  alarm.ring();
  expect(await waited).toBe(true);
  expect(clock.waiting).toBe(0);
});

test("a ring while nobody waits is not missed, and heard once", async () => {
  const clock = new FakeClock();
  const alarm = new Alarm(clock);
  alarm.ring();
  alarm.ring();
  expect(await alarm.wait(1_000)).toBe(true);
  const waited = alarm.wait(1_000);
  await clock.advance(1_000);
  expect(await waited).toBe(false);
});
