import { expect, test } from "vitest";
import { HeardWrites } from "./heard-writes.ts";

const traceparent = (spanId: number) => `00-${"1".repeat(32)}-${String(spanId).padStart(16, "0")}-01`;

test("a write is heard of once, when it was first, and taken once", () => {
  const writes = new HeardWrites();
  writes.heard(traceparent(1), 10);
  writes.heard(traceparent(2), 11);
  writes.heard(traceparent(1), 12);
  expect(writes.take()).toEqual([
    { traceparent: traceparent(1), heardMs: 10 },
    { traceparent: traceparent(2), heardMs: 11 },
  ]);
  expect(writes.take()).toEqual([]);
});
