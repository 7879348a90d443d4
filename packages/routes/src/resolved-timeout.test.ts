import { expect, test } from "vitest";
import { resolvedTimeoutMs } from "./resolved-timeout.ts";

test.each([
  ["1.5s", 1_500],
  ["250ms", 250],
  ["0s", undefined],
  ["-1s", undefined],
  ["soon", undefined],
  [undefined, undefined],
])("a resolver's ConnectTimeout %s is %s ms", (given, ms) => {
  expect(resolvedTimeoutMs(given === undefined ? {} : { ConnectTimeout: given })).toBe(ms);
});
