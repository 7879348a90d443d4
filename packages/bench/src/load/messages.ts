/**
 * What comes in pieces up to this size is a message, which the backend answers; what is larger is bulk. A ClientHello with a key share
 * for ML-KEM has some 1,700 bytes.
 */
export const MAX_MESSAGE_BYTES = 4_096;

/** The backend's answer to what a connection begins with, and to each ping: one byte. */
export const ANSWER: Buffer = Buffer.from("k");

const PING_BYTES = 64;
const PING_END = "\n";

/** Something to be answered, as long as a small request. */
export const PING: Buffer = Buffer.from(PING_END.padStart(PING_BYTES, "p"));

/** How many pings end in these bytes: a proxy may hand on several at once, or one in pieces. */
export function countPings(bytes: Uint8Array): number {
  const end = PING_END.charCodeAt(0);
  return bytes.reduce((count, byte) => (byte === end ? count + 1 : count), 0);
}

/** Bulk is written in pieces of this size, all the same bytes, so that making them costs nothing. */
export const PIECE: Buffer = Buffer.alloc(256 * 1_024, "b");

/** Asks for so many bytes. */
export function downloadMessage(bytes: number): string {
  return `down ${bytes}\n`;
}

/** How many bytes a message asks for; undefined when it is to be answered only. */
export function readDownload(message: Uint8Array): number | undefined {
  const bytes = /^down (\d+)\n$/.exec(Buffer.from(message).toString("latin1"))?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}
