import { expect, test } from "vitest";
import { fullSyncIntervalMs } from "./sync-interval.ts";

test.each([
  [1, 60_000],
  [128, 60_000],
  [129, 120_000],
  [256, 120_000],
  [512, 180_000],
  [5_000, 420_000],
])("with %i nodes a full sync comes every %i ms", (nodes, ms) => expect(fullSyncIntervalMs(nodes)).toBe(ms));
