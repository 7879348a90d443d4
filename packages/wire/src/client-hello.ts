import { Cursor } from "./cursor.ts";
import { startOfHandshake } from "./handshake-message.ts";
import { readHostName } from "./server-name.ts";

/** What a client says of itself before anything is encrypted. */
export type ClientHello = {
  /** The host name as the client wrote it, `undefined` when it names none. With ECH this is the outer, public name. */
  readonly serverName: string | undefined;
  /** The client's 32 random bytes, a copy. */
  readonly random: Uint8Array;
  /** Protocols offered by ALPN, the client's favourite first. */
  readonly alpn: readonly string[];
};

/** What the first bytes of a connection turn out to be. */
export type ClientHelloResult =
  | { readonly kind: "found"; readonly hello: ClientHello }
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-tls"; readonly reason: string }
  | { readonly kind: "too-large" };

/** The server name that the first bytes of a connection ask for. */
export type SniResult =
  | { readonly kind: "found"; readonly serverName: string }
  | { readonly kind: "absent" }
  | { readonly kind: "not-tls" }
  | { readonly kind: "too-large" }
  | { readonly kind: "incomplete" };

/** Longest ClientHello that is read, in bytes; post-quantum key shares and many tickets stay far below it. */
export const MAX_CLIENT_HELLO_BYTES = 65_536;

const MESSAGE_HEADER_BYTES = 4;
const RANDOM_BYTES = 32;
const SERVER_NAME = 0;
const ALPN = 16;

/**
 * Reads the server name from the start of a TLS connection without consuming it; never throws.
 *
 * @param bytes - everything received so far, from byte 0 of the connection.
 * @returns "incomplete" until the whole ClientHello is there; every longer prefix then gives the same answer. "not-tls" and "too-large"
 * come as soon as they are certain.
 * @see RFC 8446 section 4.1.2, RFC 6066 section 3
 */
export function readServerName(bytes: Uint8Array): SniResult {
  const result = readClientHello(bytes);
  if (result.kind === "not-tls") return { kind: "not-tls" };
  if (result.kind !== "found") return result;
  const { serverName } = result.hello;
  return serverName === undefined ? { kind: "absent" } : { kind: "found", serverName };
}

/**
 * Reads the ClientHello from the start of a TLS connection without consuming it, as `readServerName` does; "not-tls" says in a few
 * words what the bytes are instead.
 */
export function readClientHello(bytes: Uint8Array): ClientHelloResult {
  const start = startOfHandshake(bytes, MAX_CLIENT_HELLO_BYTES);
  if (start.kind !== "message") return start;
  const cursor = new Cursor(start.bytes, MESSAGE_HEADER_BYTES, start.length);
  const hello = readFields(cursor);
  const { problem } = cursor;
  if (problem?.kind === "malformed") return { kind: "not-tls", reason: `a malformed ClientHello: ${problem.reason}` };
  // Vectors are stepped over without looking, so a hello can be read through before its last bytes are there.
  const whole = start.bytes.length === start.length;
  return problem === undefined && whole ? { kind: "found", hello } : { kind: "incomplete" };
}

function readFields(cursor: Cursor): ClientHello {
  const version = cursor.uint16("version");
  if (cursor.problem === undefined && version >> 8 !== 3) cursor.fail(`version 0x${version.toString(16)}`);
  // A view would keep all of the hello for as long as the random is kept.
  const random = cursor.copy(RANDOM_BYTES, "random");
  if (cursor.vector(1, "session ID").left > 32) cursor.fail("session ID over 32 bytes");
  const suites = cursor.vector(2, "cipher suites");
  if (cursor.problem === undefined && (suites.left === 0 || suites.left % 2 === 1))
    cursor.fail("odd or no cipher suites");
  const compressions = cursor.vector(1, "compression methods");
  if (cursor.problem === undefined && compressions.left === 0) cursor.fail("no compression method");
  const extensions = cursor.more ? readExtensions(cursor) : {};
  return { serverName: extensions.serverName, random, alpn: extensions.alpn ?? [] };
}

type Extensions = { serverName?: string | undefined; alpn?: readonly string[] };

function readExtensions(cursor: Cursor): Extensions {
  const list = cursor.vector(2, "extensions");
  if (cursor.more) cursor.fail("bytes after the extensions");
  const found: Extensions = {};
  while (list.more) {
    const type = list.uint16("extension type");
    // The first of a kind counts; a TLS stack refuses the second.
    if (type === SERVER_NAME && !("serverName" in found)) found.serverName = readHostName(list.vector(2, "extension"));
    else if (type === ALPN && found.alpn === undefined) found.alpn = readProtocols(list.vector(2, "extension"));
    else list.skip(2, "extension");
  }
  return found;
}

function readProtocols(extension: Cursor): readonly string[] {
  const list = extension.vector(2, "ALPN list");
  const protocols: string[] = [];
  while (list.more) {
    const name = list.vector(1, "ALPN protocol");
    protocols.push(String.fromCharCode(...name.rest("ALPN protocol")));
  }
  return protocols;
}
