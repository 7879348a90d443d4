import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import { describe, expect, test } from "vitest";
import { SpanQueue } from "./span-queue.ts";

type Span = Parameters<SpanProcessor["onEnd"]>[0];
type Result = Parameters<Parameters<SpanExporter["export"]>[1]>[0];

const TAKEN: Result = { code: 0 };
const REFUSED: Result = { code: 1, error: new Error("connection refused") };

/** A queue whose collector answers when it is told to, and what the queue tells. */
function queueTo({ maxWaiting = 4, maxBatch = 2, delayMs = 60_000, timeoutMs = 60_000 } = {}) {
  const sent: { readonly names: readonly string[]; readonly answer: (result: Result) => void }[] = [];
  const told: string[] = [];
  const exporter: SpanExporter = {
    export: (spans, answer) => void sent.push({ names: spans.map(({ name }) => name), answer }),
    shutdown: async () => void told.push("shut down"),
  };
  const queue = new SpanQueue({
    exporter,
    maxWaiting,
    maxBatch,
    delayMs,
    timeoutMs,
    news: {
      exported: (spans) => told.push(`${spans} taken`),
      dropped: (spans, reason) => told.push(`${spans} dropped: ${reason}`),
      losing: (reason) => told.push(`losing: ${reason}`),
      recovered: (dropped) => told.push(`recovered after ${dropped}`),
    },
  });
  const end = (...names: readonly string[]) => {
    for (const name of names) queue.onEnd(spanOf(name));
  };
  /** Answers the batch that is under way, and waits until the queue has noted it. */
  const answer = async (result: Result) => {
    sent.at(-1)?.answer(result);
    await Promise.resolve();
    await new Promise(setImmediate);
  };
  return { queue, sent, told, end, answer };
}

function spanOf(name: string, traceFlags = 1): Span {
  // Of a span the queue reads nothing but whether it is sampled.
  return { name, spanContext: () => ({ traceId: "1".repeat(32), spanId: "1".repeat(16), traceFlags }) } as Span;
}

describe("spans that have ended", () => {
  test("are sent once a batch is full, one batch after the other", async () => {
    const { end, sent, told, answer } = queueTo();
    end("a");
    expect(sent).toEqual([]);
    end("b", "c", "d");
    expect(sent.map(({ names }) => names)).toEqual([["a", "b"]]);
    await answer(TAKEN);
    expect(sent.map(({ names }) => names)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    await answer(TAKEN);
    expect(told).toEqual(["2 taken", "2 taken"]);
  });

  test("are sent after a while, be they few", async () => {
    const { end, sent } = queueTo({ delayMs: 1 });
    end("a");
    await expect.poll(() => sent.map(({ names }) => names)).toEqual([["a"]]);
  });

  test("are sent when the service stops, and none after that", async () => {
    const { queue, end, sent, told, answer } = queueTo();
    end("a");
    const stopped = queue.shutdown();
    end("late");
    await answer(TAKEN);
    await stopped;
    expect(sent.map(({ names }) => names)).toEqual([["a"]]);
    expect(told).toEqual(["1 taken", "shut down"]);
  });

  test("are not sent when they are not sampled", async () => {
    const { queue, sent } = queueTo();
    queue.onEnd(spanOf("a", 0));
    await queue.forceFlush();
    expect(sent).toEqual([]);
  });
});

describe("a collector that fails", () => {
  test("costs what it does not take, told once until it has taken spans again", async () => {
    const { end, told, answer } = queueTo();
    end("a", "b", "c", "d");
    await answer(REFUSED);
    await answer(REFUSED);
    end("e", "f");
    await answer(TAKEN);
    expect(told).toEqual([
      "losing: connection refused",
      "2 dropped: not taken",
      "2 dropped: not taken",
      "2 taken",
      "recovered after 4",
    ]);
  });

  test("costs what there is no room for while it is slow", async () => {
    const { end, told, answer } = queueTo();
    end("a", "b", "c", "d", "e", "f", "g", "h");
    expect(told).toEqual(["losing: 4 spans wait to be sent already", ...Array(2).fill("1 dropped: queue full")]);
    await answer(TAKEN);
    await answer(TAKEN);
    expect(told.at(-1)).not.toBe("recovered after 2");
    await answer(TAKEN);
    expect(told.at(-1)).toBe("recovered after 2");
  });

  test("is not waited for longer than it may take", async () => {
    const { end, told } = queueTo({ timeoutMs: 1 });
    end("a", "b");
    await expect.poll(() => told).toEqual(["losing: no answer within 1 ms", "2 dropped: not taken"]);
  });

  test("may throw", async () => {
    const told: string[] = [];
    const news = {
      exported: () => {},
      recovered: () => {},
      dropped: () => {},
      losing: (why: string) => told.push(why),
    };
    const exporter: SpanExporter = {
      export: () => {
        throw new Error("broken");
      },
      shutdown: async () => {},
    };
    const queue = new SpanQueue({ exporter, maxWaiting: 1, maxBatch: 1, delayMs: 1, timeoutMs: 1_000, news });
    queue.onEnd(spanOf("a"));
    await queue.forceFlush();
    expect(told).toEqual(["broken"]);
  });
});
