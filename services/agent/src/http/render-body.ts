import type { Answer } from "./endpoint.ts";

/** A body as it is sent. */
export type RenderedBody = {
  readonly content: Uint8Array;
  /** "" for a body that is none. */
  readonly contentType: string;
};

const JSON_TYPE = "application/json";
const NOTHING: RenderedBody = { content: new Uint8Array(), contentType: "" };

/** Renders an answer's body; with `pretty`, JSON is indented by four, as Consul does it. */
export function renderBody(body: Answer["body"], pretty: boolean): RenderedBody {
  switch (body.kind) {
    case "json":
      return { content: jsonBytes(body.value, pretty, body.shared ?? false), contentType: JSON_TYPE };
    case "text":
      return { content: Buffer.from(body.text), contentType: body.contentType };
    case "bytes":
      return { content: body.bytes, contentType: body.contentType };
    // What has no end is sent as it comes, or not at all.
    case "stream":
    case "empty":
      return NOTHING;
  }
}

function jsonBytes(value: unknown, pretty: boolean, shared: boolean): Uint8Array {
  if (pretty) return Buffer.from(`${JSON.stringify(value, undefined, 4)}\n`);
  return shared && typeof value === "object" && value !== null
    ? sharedBytes(value)
    : Buffer.from(JSON.stringify(value));
}

/** The bytes of values that are being sent: one that goes to a thousand clients is rendered once, and is in memory once. */
const sending = new WeakMap<object, Uint8Array>();

function sharedBytes(value: object): Uint8Array {
  const known = sending.get(value);
  if (known !== undefined) return known;
  const bytes = Buffer.from(JSON.stringify(value));
  sending.set(value, bytes);
  return bytes;
}
