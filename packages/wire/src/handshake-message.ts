/** What the records received so far hold of the first handshake message. */
export type HandshakeStart =
  | {
      readonly kind: "message";
      /** The whole message with its header of four bytes; while it is incomplete, only what its first record holds. */
      readonly bytes: Uint8Array;
      /** Length that the header states, header included. */
      readonly length: number;
    }
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-tls"; readonly reason: string }
  | { readonly kind: "too-large" };

const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const MAX_RECORD_BYTES = 16_384;

// A hello cut into more records than this is an attempt to make the reader work: each arrival walks them again from the first.
const MAX_RECORDS = 4_096;

/**
 * Puts the first handshake message together from the records that carry it.
 *
 * @see RFC 8446 section 5.1
 */
export function startOfHandshake(bytes: Uint8Array, maxMessageBytes: number): HandshakeStart {
  const header: number[] = [];
  let gathered = 0;
  let at = 0;
  for (let records = 0; at < bytes.length; records++) {
    if (records === MAX_RECORDS) return { kind: "too-large" };
    const reason = recordFault(bytes, at, records);
    if (reason !== undefined) return { kind: "not-tls", reason };
    if (bytes.length - at < RECORD_HEADER_BYTES) break;

    const start = at + RECORD_HEADER_BYTES;
    const end = start + byteAt(bytes, at + 3) * 256 + byteAt(bytes, at + 4);
    const arrived = Math.min(end, bytes.length) - start;
    for (let i = 0; i < arrived && header.length < MESSAGE_HEADER_BYTES; i++) header.push(byteAt(bytes, start + i));
    gathered += arrived;
    at = end;

    if (header[0] !== undefined && header[0] !== CLIENT_HELLO) {
      return { kind: "not-tls", reason: `handshake message ${header[0]} where a ClientHello belongs` };
    }
    const length = messageLength(header);
    if (length === undefined) continue;
    if (length > maxMessageBytes) return { kind: "too-large" };
    if (gathered >= length) return { kind: "message", bytes: join(bytes, length), length };
  }
  const length = messageLength(header);
  return length === undefined
    ? { kind: "incomplete" }
    : { kind: "message", bytes: firstFragment(bytes).subarray(0, length), length };
}

function messageLength([type, high, middle, low]: readonly number[]): number | undefined {
  if (type === undefined || high === undefined || middle === undefined || low === undefined) return undefined;
  return MESSAGE_HEADER_BYTES + high * 65_536 + middle * 256 + low;
}

/** Why no TLS handshake has a record that begins like this, judged by as much of its header as has arrived. */
function recordFault(bytes: Uint8Array, at: number, records: number): string | undefined {
  const type = byteAt(bytes, at);
  if (type !== HANDSHAKE_RECORD) {
    return records > 0 ? `a record of type ${type} in the middle of the ClientHello` : foreignProtocol(bytes, type);
  }
  const arrived = bytes.length - at;
  if (arrived > 1 && byteAt(bytes, at + 1) !== 3) return `record version ${byteAt(bytes, at + 1)} is none of TLS`;
  if (arrived > 3 && byteAt(bytes, at + 3) > MAX_RECORD_BYTES / 256) return "a record over 16,384 bytes";
  if (arrived < RECORD_HEADER_BYTES) return undefined;
  const length = byteAt(bytes, at + 3) * 256 + byteAt(bytes, at + 4);
  if (length > MAX_RECORD_BYTES) return "a record over 16,384 bytes";
  return length === 0 ? "an empty handshake record" : undefined;
}

function foreignProtocol(bytes: Uint8Array, type: number): string {
  const text = String.fromCharCode(...bytes.subarray(0, 8));
  if (/^(GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|PATCH|TRACE|PRI) /.test(text)) return "plain HTTP";
  if (text.startsWith("SSH-")) return "SSH";
  if (type >= 128 && bytes[2] === CLIENT_HELLO) return "an SSLv2 hello";
  if (type >= 20 && type <= 24 && bytes[1] === 3) return `a TLS record of type ${type} before any ClientHello`;
  return `first byte 0x${type.toString(16).padStart(2, "0")} begins no TLS handshake`;
}

function firstFragment(bytes: Uint8Array): Uint8Array {
  const end = RECORD_HEADER_BYTES + byteAt(bytes, 3) * 256 + byteAt(bytes, 4);
  return bytes.subarray(RECORD_HEADER_BYTES, end);
}

/** The first `length` bytes of the message, copied only when several records carry them. */
function join(bytes: Uint8Array, length: number): Uint8Array {
  const inFirst = byteAt(bytes, 3) * 256 + byteAt(bytes, 4);
  if (inFirst >= length) return bytes.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + length);
  const whole = new Uint8Array(length);
  let filled = 0;
  for (let at = 0; filled < length; ) {
    const end = at + RECORD_HEADER_BYTES + byteAt(bytes, at + 3) * 256 + byteAt(bytes, at + 4);
    const fragment = bytes.subarray(at + RECORD_HEADER_BYTES, end).subarray(0, length - filled);
    whole.set(fragment, filled);
    filled += fragment.length;
    at = end;
  }
  return whole;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
