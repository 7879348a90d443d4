import type { Cursor } from "./cursor.ts";

const HOST_NAME = 0;

// The longest host name that DNS, and every TLS stack, takes.
const MAX_NAME_BYTES = 255;

const ASCII = new TextDecoder();

/**
 * Reads the host name of a server_name extension: the first one, should there be several; `undefined` when there is none. A name that no
 * host can have (empty, over 255 bytes, or with bytes other than printable ASCII) fails the hello, since it must reach neither a table
 * nor a terminal.
 *
 * @see RFC 6066 section 3
 */
export function readHostName(extension: Cursor): string | undefined {
  const list = extension.vector(2, "server name list");
  let found: string | undefined;
  while (list.more) {
    const type = list.uint8("server name type");
    const name = list.vector(2, "server name");
    if (type !== HOST_NAME || found !== undefined) continue;
    if (name.left > MAX_NAME_BYTES) name.fail("a server name over 255 bytes");
    const bytes = name.rest("server name");
    if (name.problem !== undefined) return undefined;
    if (bytes.length === 0 || !isPrintable(bytes)) name.fail("an illegal server name");
    found = ASCII.decode(bytes);
  }
  return found;
}

function isPrintable(bytes: Uint8Array): boolean {
  // Every connection comes by here, and `every` calls a function for each byte.
  for (const byte of bytes) if (byte <= 0x20 || byte >= 0x7f) return false;
  return true;
}
