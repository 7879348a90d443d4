/** What a request asks for. */
export type RequestTarget = {
  /** As it came, without the query. */
  readonly rawPath: string;
  /** Decoded. */
  readonly path: string;
  /** What follows "?" as it came, "" when there is none. */
  readonly rawQuery: string;
};

/** What stands before the path when a client asks as it would ask a proxy. */
const ORIGIN = /^https?:\/\/[^/?]*/i;

/** Reads a request's target; undefined when its path has a malformed escape. @see RFC 9112 section 3.2 */
export function requestTarget(url: string): RequestTarget | undefined {
  const target = url.startsWith("/") ? url : url.replace(ORIGIN, "");
  const question = target.indexOf("?");
  const rawPath = (question === -1 ? target : target.slice(0, question)) || "/";
  const rawQuery = question === -1 ? "" : target.slice(question + 1);
  if (!rawPath.includes("%")) return { rawPath, path: rawPath, rawQuery };
  try {
    return { rawPath, path: decodeURIComponent(rawPath), rawQuery };
  } catch {
    return undefined;
  }
}
