import type { Field } from "./field-table.ts";
import { pathOf, type RequestLine, shorten } from "./message-head.ts";

/** What a request of HTTP/2 asks for, and of whom. */
export type Http2Request = RequestLine & {
  readonly host: string | undefined;
  readonly traceparent: string | undefined;
};

/** What an answer of HTTP/2 says of itself, before its body or behind it. */
export type Answer = {
  readonly status: number | undefined;
  /** What has become of a call of gRPC: 0 is well. */
  readonly grpcStatus: number | undefined;
};

/** Reads the head of a request; undefined when it is none. @see RFC 9113 section 8.3.1 */
export function readRequest(fields: readonly Field[]): Http2Request | undefined {
  const method = fieldOf(fields, ":method");
  if (method === undefined) return undefined;
  const host = fieldOf(fields, ":authority") ?? fieldOf(fields, "host");
  const traceparent = fieldOf(fields, "traceparent");
  return {
    method: shorten(method),
    // A tunnel is asked for by the address that it leads to.
    path: pathOf(fieldOf(fields, ":path") ?? host ?? ""),
    host: host === undefined ? undefined : shorten(host),
    traceparent: traceparent === undefined ? undefined : shorten(traceparent),
  };
}

/** Reads the head of an answer, or the fields that follow its body. @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export function readAnswer(fields: readonly Field[]): Answer {
  return {
    status: numberIn(fieldOf(fields, ":status"), /^[1-5]\d\d$/),
    grpcStatus: numberIn(fieldOf(fields, "grpc-status"), /^(?:\d|1[0-6])$/),
  };
}

function fieldOf(fields: readonly Field[], wanted: string): string | undefined {
  return fields.find(({ name }) => name === wanted)?.value;
}

function numberIn(text: string | undefined, shape: RegExp): number | undefined {
  return text !== undefined && shape.test(text) ? Number(text) : undefined;
}
