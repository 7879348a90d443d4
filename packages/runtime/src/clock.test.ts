import { describe, expect, test, vi } from "vitest";
import { systemClock } from "./clock.ts";
import { FakeClock } from "./testing.ts";

describe("systemClock", () => {
  test("sleep ends with the signal's reason when it aborts", async () => {
    const stop = new AbortController();
    const slept = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(slept).rejects.toThrow("stopped");
    await expect(systemClock.sleep(60_000, stop.signal)).rejects.toThrow("stopped");
  });

  test("sleep resolves when the time has passed", async () => {
    const before = performance.now();
    await systemClock.sleep(5);
    expect(performance.now() - before).toBeGreaterThanOrEqual(4);
  });

  test("a timer of months fires after months, not at once", () => {
    vi.useFakeTimers();
    try {
      const work = vi.fn();
      const days = 24 * 3_600_000;
      systemClock.setTimer(90 * days, work);
      vi.advanceTimersByTime(90 * days - 1);
      expect(work).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(work).toHaveBeenCalledOnce();

      const never = systemClock.setTimer(90 * days, work);
      vi.advanceTimersByTime(60 * days);
      never.cancel();
      vi.advanceTimersByTime(60 * days);
      expect(work).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("FakeClock", () => {
  test("stands still until it is moved", async () => {
    const clock = new FakeClock(1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(500);
    expect(clock.now()).toBe(1_500);
  });

  test("wakes in the order of time, each at its own time", async () => {
    const clock = new FakeClock(0);
    const woken: [string, number][] = [];
    clock.setTimer(30, () => woken.push(["c", clock.now()]));
    clock.setTimer(10, () => woken.push(["a", clock.now()]));
    clock.setTimer(10, () => woken.push(["b", clock.now()]));
    await clock.advance(20);
    expect(woken).toEqual([
      ["a", 10],
      ["b", 10],
    ]);
    await clock.advance(10);
    expect(woken.at(-1)).toEqual(["c", 30]);
  });

  test("wakes what woken work has set anew", async () => {
    const clock = new FakeClock(0);
    let rounds = 0;
    const loop = async () => {
      for (;;) {
        await clock.sleep(10);
        rounds += 1;
      }
    };
    void loop();
    await clock.advance(100);
    expect(rounds).toBe(10);
  });

  test("forgets who was cancelled or aborted", async () => {
    const clock = new FakeClock(0);
    const stop = new AbortController();
    const slept = clock.sleep(10, stop.signal);
    const timer = clock.setTimer(10, () => {
      throw new Error("woken");
    });
    expect(clock.waiting).toBe(2);
    timer.cancel();
    stop.abort(new Error("stopped"));
    await expect(slept).rejects.toThrow("stopped");
    expect(clock.waiting).toBe(0);
    await clock.advance(100);
  });
});
