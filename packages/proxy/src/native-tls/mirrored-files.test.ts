import { expect, test } from "vitest";
import { MirroredFiles } from "./mirrored-files.ts";

const GOOD = { kind: "good", contents: { ca: "PEM" } } as const;
const UNUSABLE = { kind: "unusable", reason: "ca.pem does not exist (ENOENT)" } as const;

/** Files, and what whoever waits for one of two sets has been told, in order. */
function waitingFor(key: string) {
  const files = new MirroredFiles();
  const told: unknown[] = [];
  const stop = files.whenTold(key, () => told.push(files.state(key)));
  return { files, told, stop };
}

test("whoever waits is told once, whatever there is to tell", () => {
  for (const state of [GOOD, UNUSABLE, undefined]) {
    const { files, told } = waitingFor("one");
    files.assign({ kind: "files", key: "one", state });
    files.assign({ kind: "files", key: "one", state: GOOD });
    expect(told).toEqual([state]);
  }
});

test("of another set nobody is told, and whoever waits no more is not either", () => {
  const { files, told, stop } = waitingFor("one");
  files.assign({ kind: "files", key: "two", state: GOOD });
  stop();
  files.assign({ kind: "files", key: "one", state: GOOD });
  expect(told).toEqual([]);
  expect(files.state("one")).toBe(GOOD);
});

test("what is of use no more is forgotten", () => {
  const files = new MirroredFiles();
  files.assign({ kind: "files", key: "one", state: GOOD });
  files.assign({ kind: "files", key: "one", state: undefined });
  expect(files.state("one")).toBeUndefined();
});
