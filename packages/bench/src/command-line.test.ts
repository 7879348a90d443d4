import { expect, test } from "vitest";
import { readCommandLine } from "./command-line.ts";

const PARTS = ["queries", "catalog", "passthrough"];

const cases = [
  {
    name: "nothing means everything",
    args: [],
    expected: { kind: "run", parts: PARTS, scale: "full", profiles: false },
  },
  {
    name: "one part",
    args: ["--only", "queries"],
    expected: { kind: "run", parts: ["queries"], scale: "full", profiles: false },
  },
  {
    name: "several parts, in the order in which they are run",
    args: ["--only", "passthrough, queries"],
    expected: { kind: "run", parts: ["queries", "passthrough"], scale: "full", profiles: false },
  },
  {
    name: "several options",
    args: ["--only", "catalog", "--only=queries", "--small"],
    expected: { kind: "run", parts: ["queries", "catalog"], scale: "small", profiles: false },
  },
  {
    name: "profiles of one part",
    args: ["--only", "passthrough", "--profile"],
    expected: { kind: "run", parts: ["passthrough"], scale: "full", profiles: true },
  },
  { name: "help", args: ["-h"], expected: { kind: "help" } },
  {
    name: "an unknown part",
    args: ["--only", "quries"],
    expected: { kind: "wrong", reason: 'there is no part "quries"; there are queries, catalog, passthrough' },
  },
] as const;
for (const { name, args, expected } of cases) {
  test(name, () => expect(readCommandLine(args, PARTS)).toEqual(expected));
}

test("an unknown option is named", () => {
  expect(readCommandLine(["--fast"], PARTS)).toMatchObject({
    kind: "wrong",
    reason: expect.stringContaining("--fast"),
  });
});
