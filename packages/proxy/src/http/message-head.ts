import type { Body, MessageHead } from "./message-reader.ts";

/** What a request asks for. */
export type RequestLine = {
  readonly method: string;
  /** Without its query, which may hold what is secret. */
  readonly path: string;
};

/** As much of a path, and of any other text, as is written down, in characters. */
const MAX_PATH = 1_024;
const MAX_TEXT = 256;

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) HTTP\/1\.\d$/;
const STATUS_LINE = /^HTTP\/1\.\d ([1-5]\d\d)(?: |$)/;

/** Reads the first line of a request; undefined when it is none of HTTP/1. */
export function readRequestLine(start: string): RequestLine | undefined {
  const [, method, target] = REQUEST_LINE.exec(start) ?? [];
  if (method === undefined || target === undefined) return undefined;
  return { method: shorten(method), path: pathOf(target) };
}

/** The path of what a request asks for, as it is written down. */
export function pathOf(target: string): string {
  // A proxy is asked by the whole URL.
  const [path = ""] = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").split(/[?#]/, 1);
  return shorten(path, MAX_PATH) || "/";
}

/** A text as it is written down, of which no more is kept: what V8 cuts off a string keeps all of that. */
export function shorten(text: string, length = MAX_TEXT): string {
  return Buffer.from(text.slice(0, length), "latin1").toString("latin1");
}

/** Reads the status of an answer; undefined when its first line is none of HTTP/1. */
export function readStatus(start: string): number | undefined {
  const [, status] = STATUS_LINE.exec(start) ?? [];
  return status === undefined ? undefined : Number(status);
}

/**
 * The length of a body as the fields of its message tell it, `otherwise` where they do not; undefined when what they tell cannot be
 * followed.
 *
 * @see RFC 9112 section 6.3
 */
export function bodyBy({ fields }: MessageHead, otherwise: Body): Body | undefined {
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined) return /(?:^|,)[ \t]*chunked$/i.test(coding) ? { kind: "chunked" } : undefined;
  const length = fields.get("content-length");
  if (length === undefined) return otherwise;
  // The same length may be told twice.
  const [first = "", ...others] = length.split(/[ \t]*,[ \t]*/);
  if (!/^\d{1,15}$/.test(first) || others.some((other) => other !== first)) return undefined;
  return { kind: "counted", bytes: Number(first) };
}
