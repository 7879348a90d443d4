import { DerReader, TAG } from "./der.ts";

/** What of a peer's certificate decides who it is and for how long. */
export type PeerCertificate = {
  /** The URIs among its alternative names, byte for byte; `undefined` when those names cannot be read. */
  readonly uris: readonly string[] | undefined;
  /** When it expires, in milliseconds since 1970. */
  readonly notAfterMs: number;
};

/** id-ce-subjectAltName, 2.5.29.17. */
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const VERSION = TAG.context(0);
const EXTENSIONS = TAG.context(3);
const URI = TAG.contextPrimitive(6);

/**
 * Reads of a certificate in DER what decides who its holder is, and nothing else: this happens with each handshake. Its signature is not
 * checked, whoever calls has had it verified. `undefined` when it is no certificate.
 *
 * @see RFC 5280 sections 4.1 and 4.2.1.6
 */
export function readPeerCertificate(der: Uint8Array): PeerCertificate | undefined {
  try {
    const fields = new DerReader(new DerReader(new DerReader(der).take(TAG.sequence)).take(TAG.sequence));
    fields.skip(VERSION);
    fields.take(TAG.integer);
    fields.take(TAG.sequence);
    fields.take(TAG.sequence);
    const notAfterMs = readNotAfter(fields.take(TAG.sequence));
    return { uris: readUris(fields), notAfterMs };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readNotAfter(validity: Uint8Array): number {
  const times = new DerReader(validity);
  times.next();
  const { tag, content } = times.next();
  const text = textOf(content);
  const full = tag === TAG.utcTime ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  const [year = Number.NaN, month = 1, day, hour, minute, second] = parts.map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(time)) throw new RangeError("a time that X.509 has not");
  return time;
}

/** The URIs of what is left of a certificate after its validity; `undefined` when the alternative names are malformed, or come twice. */
function readUris(fields: DerReader): readonly string[] | undefined {
  fields.take(TAG.sequence);
  fields.take(TAG.sequence);
  let uris: readonly string[] | undefined = [];
  let seen = 0;
  while (fields.more) {
    const { tag, content } = fields.next();
    if (tag !== EXTENSIONS) continue;
    const extensions = new DerReader(new DerReader(content).take(TAG.sequence));
    while (extensions.more) {
      const extension = new DerReader(extensions.take(TAG.sequence));
      const oid = extension.take(TAG.oid);
      if (oid.length !== SUBJECT_ALT_NAME.length || !SUBJECT_ALT_NAME.every((byte, i) => oid[i] === byte)) continue;
      extension.skip(TAG.boolean);
      seen += 1;
      uris = urisIn(extension.take(TAG.octets));
    }
  }
  return seen > 1 ? undefined : uris;
}

function urisIn(names: Uint8Array): readonly string[] | undefined {
  try {
    const uris: string[] = [];
    const each = new DerReader(new DerReader(names).take(TAG.sequence));
    while (each.more) {
      const { tag, content } = each.next();
      if (tag === URI) uris.push(textOf(content));
    }
    return uris;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** One character for each byte, so that no two spellings come to the same text. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
