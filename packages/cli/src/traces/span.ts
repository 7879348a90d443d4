import { misfitOf, type Static, Type } from "@causeway/model";

/** A span as it is kept and shown. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent where the trace begins. */
  readonly parentSpanId?: string;
  readonly name: string;
  readonly service: string;
  readonly datacenter: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Other traces that it has to do with: those of the requests that a connection carried. */
  readonly linkedTraces?: readonly string[];
  /** Why it failed, if it did. */
  readonly error?: string;
};

const KeyValue = Type.Object({ key: Type.String(), value: Type.Unknown() });
const OtlpSpan = Type.Object({
  traceId: Type.String(),
  spanId: Type.String(),
  parentSpanId: Type.Optional(Type.String()),
  name: Type.String(),
  startTimeUnixNano: Type.String(),
  endTimeUnixNano: Type.String(),
  attributes: Type.Array(KeyValue),
  links: Type.Optional(Type.Array(Type.Object({ traceId: Type.String() }))),
  status: Type.Object({ code: Type.Optional(Type.Number()), message: Type.Optional(Type.String()) }),
});
const OtlpRequest = Type.Object({
  resourceSpans: Type.Array(
    Type.Object({
      resource: Type.Object({ attributes: Type.Array(KeyValue) }),
      scopeSpans: Type.Array(Type.Object({ spans: Type.Array(OtlpSpan) })),
    }),
  ),
});

const ERROR = 2;
const NANOSECONDS = 1_000_000;

/**
 * Reads what an exporter sends as JSON. Throws an error that names the first wrong field.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function readSpans(body: string): readonly Span[] {
  const request: unknown = JSON.parse(body);
  const misfit = misfitOf(OtlpRequest, request);
  if (misfit !== undefined) throw new Error(`${misfit.path.join(".")} ${misfit.reason}`);
  const { resourceSpans } = request as Static<typeof OtlpRequest>;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = valuesOf(resource.attributes);
    const from = { service: String(process["service.name"]), datacenter: String(process["causeway.datacenter"] ?? "") };
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...spanOf(span), ...from })));
  });
}

function spanOf(span: Static<typeof OtlpSpan>): Omit<Span, "service" | "datacenter"> {
  const { traceId, spanId, parentSpanId, name, status, links = [] } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId ? { parentSpanId } : {}),
    name,
    startedMs: Number(span.startTimeUnixNano) / NANOSECONDS,
    endedMs: Number(span.endTimeUnixNano) / NANOSECONDS,
    attributes: valuesOf(span.attributes),
    ...(links.length === 0 ? {} : { linkedTraces: links.map((link) => link.traceId) }),
    ...(status.code === ERROR ? { error: status.message ?? "failed" } : {}),
  };
}

/** Each value is wrapped in an object whose only field says of which type it is. */
function valuesOf(attributes: readonly Static<typeof KeyValue>[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(Object(value))[0]]));
}
