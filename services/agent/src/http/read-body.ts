import type { IncomingMessage } from "node:http";

/**
 * Gives the whole body of a request, or undefined of one that is longer than `maxBytes`: what is left of that is not read. Throws when the
 * client goes before it has sent all.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return undefined;
  const parts: Buffer[] = [];
  let bytes = 0;
  // A request that is destroyed takes its connection with it, and so the answer.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
