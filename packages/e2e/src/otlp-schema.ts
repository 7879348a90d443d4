import protobuf from "protobufjs";

/**
 * What of OTLP's messages a test reads, by their public field numbers; the rest is skipped.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
const SCHEMA = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
  bytes trace_id = 1;
  bytes span_id = 2;
  bytes parent_span_id = 4;
  string name = 5;
  int32 kind = 6;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9;
  repeated Link links = 13;
  Status status = 15;
}
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
}
`;

const REQUEST = protobuf.parse(SCHEMA).root.lookupType("ExportTraceServiceRequest");

type KeyValue = { readonly key: string; readonly value: Readonly<Record<string, string | number | boolean>> };
type Bytes = Buffer;
type Request = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: Bytes;
        readonly spanId: Bytes;
        readonly parentSpanId: Bytes;
        readonly name: string;
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: readonly KeyValue[];
        readonly links: readonly { readonly traceId: Bytes; readonly spanId: Bytes }[];
        readonly status?: { readonly message: string; readonly code: number };
      }[];
    }[];
  }[];
};

/** A span as it was exported; ids are hex. */
export type ExportedSpan = {
  /** Of the process: `service.name` and the like. */
  readonly resource: Readonly<Record<string, unknown>>;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the beginning of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly string[];
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** The reason when its status is an error. */
  readonly error: string | undefined;
};

const ERROR = 2;

/** Decodes an ExportTraceServiceRequest; throws for what is none. */
export function decodeSpans(bytes: Uint8Array): readonly ExportedSpan[] {
  const options = { longs: String, defaults: true, arrays: true };
  const request = REQUEST.toObject(REQUEST.decode(bytes), options) as Request;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        resource: valuesOf(resource.attributes),
        traceId: span.traceId.toString("hex"),
        spanId: span.spanId.toString("hex"),
        parentSpanId: span.parentSpanId.toString("hex"),
        name: span.name,
        kind: span.kind,
        attributes: valuesOf(span.attributes),
        links: span.links.map(({ traceId }) => traceId.toString("hex")),
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        error: span.status?.code === ERROR ? span.status.message : undefined,
      })),
    ),
  );
}

function valuesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, numberIfInteger(value)]));
}

/** Integers are decoded as text, since they may be longer than a number can hold. */
function numberIfInteger({ intValue, ...other }: KeyValue["value"]): unknown {
  return intValue === undefined ? Object.values(other)[0] : Number(intValue);
}
