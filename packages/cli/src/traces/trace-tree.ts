import { colours } from "../colours.ts";
import type { Span } from "./span.ts";

/** One trace: its spans, in the order of their beginnings. */
export type Trace = { readonly traceId: string; readonly spans: readonly Span[] };

/** Puts spans together by their traces, the trace that began last at the end. */
export function tracesOf(spans: readonly Span[]): readonly Trace[] {
  const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
  const traces = [...byTrace].map(([traceId, own]) => ({ traceId, spans: own.toSorted(byStart) }));
  return traces.sort((a, b) => startOf(a) - startOf(b));
}

/** Whether the id of a trace begins so, or that of a trace which something in it is linked with. */
export function concerns({ traceId, spans }: Trace, id: string): boolean {
  const ids = [traceId, ...spans.flatMap(({ linkedTraces = [] }) => linkedTraces)];
  return ids.some((each) => each.startsWith(id));
}

/** Whether anything in a trace failed. */
export function hasFailed({ spans }: Trace): boolean {
  return spans.some(({ error }) => error !== undefined);
}

/** A trace as people read it: a heading, and each span beneath its parent, with how long it took and why it failed. */
export function printTrace(trace: Trace): string {
  const { traceId, spans } = trace;
  const known = new Set(spans.map(({ spanId }) => spanId));
  // A parent that nobody has told of may be a hop of another maker, or outside: what is beneath it begins here then.
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId));
  const began = new Date(startOf(trace)).toISOString();
  return [
    `${colours.bold(`trace ${traceId}`)}  ${colours.dim(began)}`,
    ...roots.flatMap((root) => printSpan(root, spans, { own: "", below: "" })),
  ].join("\n");
}

type Indent = { readonly own: string; readonly below: string };

function printSpan(span: Span, spans: readonly Span[], { own, below }: Indent): readonly string[] {
  const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  return [
    own + describe(span),
    ...children.flatMap((child, at) => {
      const isLast = at === children.length - 1;
      return printSpan(child, spans, {
        own: `${below}${isLast ? "└─ " : "├─ "}`,
        below: `${below}${isLast ? "   " : "│  "}`,
      });
    }),
  ];
}

function describe(span: Span): string {
  const { service, datacenter, startedMs, endedMs, error } = span;
  const where = datacenter === "" ? service : `${service} in ${datacenter}`;
  const line = `${colours.cyan(where)}  ${subjectOf(span)}  ${colours.dim(printMs(endedMs - startedMs))}`;
  return error === undefined ? line : `${line}  ${colours.red(error)}`;
}

/** What a span is about, in a few words. */
function subjectOf({ name, attributes }: Span): string {
  const text = (key: string) => (attributes[key] === undefined ? undefined : String(attributes[key]));
  if (name === "mesh.connection") {
    const to = text("causeway.target") ?? text("causeway.route") ?? text("tls.client.server_name") ?? "nowhere";
    const from = text("causeway.source") ?? text("client.address") ?? "somebody";
    return `${from} → ${to}`;
  }
  if (name === "mesh.dial") return `dials ${text("server.address")}:${text("server.port")}`;
  return name;
}

/** A duration, to the digits that matter. */
export function printMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${ms.toFixed(0)} ms`;
  return `${(ms / 1_000).toFixed(1)} s`;
}

function startOf({ spans }: Trace): number {
  return spans[0]?.startedMs ?? 0;
}

function byStart(a: Span, b: Span): number {
  return a.startedMs - b.startedMs;
}
