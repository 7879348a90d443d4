import { expect, test } from "vitest";
import type { Span } from "./span.ts";
import { TraceStore } from "./trace-store.ts";

const span = (traceId: string, spanId: string): Span => ({
  traceId,
  spanId,
  name: "work",
  service: "agent",
  datacenter: "dc1",
  startedMs: 0,
  endedMs: 1,
  attributes: {},
});

test("keeps traces whole, and forgets whole the ones that were heard of first", () => {
  const store = new TraceStore(3);
  store.add([span("a", "1"), span("b", "2")]);
  store.add([span("a", "3"), span("c", "4")]);
  expect(store.all().map(({ spanId }) => spanId)).toEqual(["2", "4"]);
});

test("keeps the last trace, however large it is", () => {
  const store = new TraceStore(1);
  store.add([span("a", "1"), span("b", "2"), span("b", "3")]);
  expect(store.all().map(({ spanId }) => spanId)).toEqual(["2", "3"]);
});
