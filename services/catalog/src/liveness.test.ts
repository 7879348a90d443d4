import { describe, expect, test } from "vitest";
import { Liveness } from "./liveness.ts";

const GRACE_MS = 30_000;
const BEAT_MS = 1_000;
/** Five beats, and not a moment more. */
const SILENCE_MS = 5_001;

/** A listener since 0 that has heard these once, when it began. */
function listening(...ids: readonly string[]): Liveness {
  const liveness = new Liveness({ nowMs: 0, graceMs: GRACE_MS });
  for (const id of ids) liveness.heard(id, BEAT_MS, 0);
  return liveness;
}

describe("an agent that has been heard", () => {
  test("is silent when it has missed five of its own beats, whatever those of others are", () => {
    const liveness = listening("a");
    liveness.heard("slow", 60_000, 0);
    expect(liveness.silent(["a", "slow"], 5_000)).toEqual([]);
    expect(liveness.silent(["a", "slow"], SILENCE_MS)).toEqual(["a"]);
    expect(liveness.silent(["a", "slow"], 300_001)).toEqual(["a", "slow"]);
  });

  test("is known by its UUID, whatever the case", () => {
    expect(listening("ABC").silent(["abc"], 5_000)).toEqual([]);
  });

  test("is not silent any more with the next beat", () => {
    const liveness = listening("a");
    liveness.heard("a", BEAT_MS, 20_000);
    expect(liveness.silent(["a"], 25_000)).toEqual([]);
  });

  test("has the grace when beats may have been lost", () => {
    const liveness = listening("a");
    liveness.listenAnew(4_000);
    expect(liveness.silent(["a"], 4_000 + GRACE_MS)).toEqual([]);
    expect(liveness.silent(["a"], 4_001 + GRACE_MS)).toEqual(["a"]);
  });

  test("is given the time in which nobody listened", () => {
    const liveness = listening("a");
    liveness.skip(60_000);
    expect(liveness.silent(["a"], 65_000)).toEqual([]);
    expect(liveness.silent(["a"], 60_000 + SILENCE_MS)).toEqual(["a"]);
  });
});

describe("an agent that has not been heard", () => {
  test("has the grace from when listening began", () => {
    const liveness = listening("other");
    liveness.heard("other", BEAT_MS, GRACE_MS);
    expect(liveness.silent(["a", "other"], GRACE_MS)).toEqual([]);
    expect(liveness.silent(["a", "other"], GRACE_MS + 1)).toEqual(["a"]);
  });

  test("is not judged by who hears nobody: beats do not get there", () => {
    expect(listening().silent(["a"], 10 * GRACE_MS)).toEqual([]);
  });
});

describe("of many agents", () => {
  const all = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const silentExcept = (...heard: readonly string[]) => {
    const liveness = listening(...all);
    for (const id of heard) liveness.heard(id, BEAT_MS, SILENCE_MS);
    return liveness;
  };

  test("a few that fall silent together have failed", () => {
    const liveness = silentExcept(...all.slice(2));
    expect(liveness.silent(all, SILENCE_MS)).toEqual(["a", "b"]);
  });

  test("a quarter that falls silent together has the grace, since the bus may be the reason", () => {
    const liveness = silentExcept(...all.slice(3));
    expect(liveness.silent(all, SILENCE_MS)).toEqual([]);
    for (const id of all.slice(3)) liveness.heard(id, BEAT_MS, GRACE_MS);
    expect(liveness.silent(all, GRACE_MS + 1)).toEqual(["a", "b", "c"]);
  });

  test("the only one that is silent has failed, though it be the only one", () => {
    expect(listening("a").silent(["a"], SILENCE_MS)).toEqual(["a"]);
  });
});
