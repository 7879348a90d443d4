import { TraceFlags } from "@opentelemetry/api";
import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";

type ReadableSpan = Parameters<SpanProcessor["onEnd"]>[0];

/** How spans are gathered, and whom the queue tells of what becomes of them. */
export type SpanQueueOptions = {
  readonly exporter: SpanExporter;
  /** Spans that may wait; what ends while so many do is dropped. */
  readonly maxWaiting: number;
  /** Spans that are sent together. */
  readonly maxBatch: number;
  /** Longest wait of a span for others to be sent with. */
  readonly delayMs: number;
  /** How long sending a batch may take, with the exporter's own attempts, before the batch is given up. */
  readonly timeoutMs: number;
  readonly news: SpanNews;
};

/** Told of the spans' lot. */
export type SpanNews = {
  readonly exported: (spans: number) => void;
  readonly dropped: (spans: number, reason: DropReason) => void;
  /** Spans are being lost, for the first time since the collector last kept up. */
  readonly losing: (reason: string) => void;
  /** It has taken all that waited, after so many were lost. */
  readonly recovered: (dropped: number) => void;
};

/** Why a span is never seen: too many waited, or the collector did not take it. */
export type DropReason = "queue full" | "not taken";

/**
 * Holds the spans that have ended until they are sent, one batch after the other. A collector that is slow, or dead, costs the spans that
 * there is no room for, and nothing else: nobody ever waits for it but `shutdown`.
 */
export class SpanQueue implements SpanProcessor {
  readonly #options: SpanQueueOptions;
  #waiting: ReadableSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #dropped = 0;
  #stopped = false;

  constructor(options: SpanQueueOptions) {
    this.#options = options;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#stopped || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const { maxWaiting } = this.#options;
    if (this.#waiting.length >= maxWaiting) this.#drop(1, "queue full", `${maxWaiting} spans wait to be sent already`);
    else this.#waiting.push(span);
    this.#schedule();
  }

  /** Sends what waits; resolves when it has been taken or given up. */
  async forceFlush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#sending !== undefined) await (this.#sending ?? this.#send());
  }

  async shutdown(): Promise<void> {
    this.#stopped = true;
    await this.forceFlush();
    await this.#options.exporter.shutdown();
  }

  #schedule(): void {
    if (this.#sending !== undefined) return;
    if (this.#waiting.length >= this.#options.maxBatch) void this.#send();
    else this.#timer ??= setTimeout(() => void this.#send(), this.#options.delayMs).unref();
  }

  /** Sends one batch, and sees to it that the next one follows. */
  #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, this.#options.maxBatch);
    this.#sending = this.#export(batch).then((failure) => {
      this.#sending = undefined;
      this.#note(batch.length, failure);
      if (this.#waiting.length > 0 && !this.#stopped) this.#schedule();
    });
    return this.#sending;
  }

  /** What kept a batch from being taken, or undefined. Never rejects. */
  #export(batch: ReadableSpan[]): Promise<string | undefined> {
    const { exporter, timeoutMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs).unref();
    try {
      // 0 is success, by the interface of exporters.
      exporter.export(batch, ({ code, error }) => resolve(code === 0 ? undefined : (error?.message ?? "not taken")));
    } catch (error) {
      resolve(error instanceof Error ? error.message : String(error));
    }
    return promise.finally(() => clearTimeout(timer));
  }

  #note(spans: number, failure: string | undefined): void {
    if (failure !== undefined) {
      this.#drop(spans, "not taken", failure);
      return;
    }
    const { news } = this.#options;
    news.exported(spans);
    // As long as more end than can be sent, it has not caught up.
    if (this.#dropped === 0 || this.#waiting.length > 0) return;
    news.recovered(this.#dropped);
    this.#dropped = 0;
  }

  #drop(spans: number, reason: DropReason, told: string): void {
    const { news } = this.#options;
    if (this.#dropped === 0) news.losing(told);
    this.#dropped += spans;
    news.dropped(spans, reason);
  }
}
