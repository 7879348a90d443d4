/** Types of frames that are looked at; all others are passed over. @see RFC 9113 section 6 */
export const FRAME = { data: 0, headers: 1, resetStream: 3, settings: 4, pushPromise: 5, continuation: 9 } as const;

/** What the flags of a frame say, as far as it is looked at. @see RFC 9113 section 6 */
export const FLAG = { endStream: 0x01, endHeaders: 0x04, padded: 0x08, priority: 0x20 } as const;

/** Length of the header that every frame begins with. @see RFC 9113 section 4.1 */
export const FRAME_HEADER_BYTES = 9;

/** How a frame begins. */
export type FrameHeader = {
  /** Of what follows, in bytes. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  /** 0 is the connection itself. */
  readonly stream: number;
};

/** Reads the header of a frame from its nine bytes. */
export function readFrameHeader(bytes: Buffer): FrameHeader {
  return {
    length: bytes.readUIntBE(0, 3),
    type: bytes.readUInt8(3),
    flags: bytes.readUInt8(4),
    stream: bytes.readUInt32BE(5) & 0x7fff_ffff,
  };
}

/** Whether a frame has this flag. */
export function has({ flags }: FrameHeader, flag: number): boolean {
  return (flags & flag) !== 0;
}

/** What may stand before the part of a header block: how much the stream weighs, and which one is promised. */
const PRIORITY_BYTES = 5;
const PROMISED_STREAM_BYTES = 4;

/** The part of a header block that a frame with this payload has; undefined when its padding leaves none. */
export function blockOf(frame: FrameHeader, payload: Buffer): Buffer | undefined {
  const { type } = frame;
  if (type === FRAME.continuation) return payload;
  const isPadded = has(frame, FLAG.padded);
  let start = isPadded ? 1 : 0;
  if (type === FRAME.pushPromise) start += PROMISED_STREAM_BYTES;
  else if (has(frame, FLAG.priority)) start += PRIORITY_BYTES;
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  return start <= end ? payload.subarray(start, end) : undefined;
}
