/** Where a service says how it is. @see https://grpc.io/docs/guides/health-checking/ */
export const HEALTH_PATH = "/grpc.health.v1.Health/Check";

/** The status of a service that is up. */
const SERVING = 1;

/** A message of gRPC begins with whether it is compressed, and with its length in four bytes. */
const HEAD_BYTES = 5;

const STRING_FIELD_1 = 0x0a;
const VARINT_FIELD_1 = 0x08;

/** The question after the health of `service`, "" being the server as a whole, as it goes over the wire. */
export function healthQuestion(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.of(STRING_FIELD_1), varint(name.length), name]);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** True when an answer, as it came over the wire, says that the service is up; what cannot be read does not say so. */
export function saysServing(answer: Buffer): boolean {
  if (answer.length < HEAD_BYTES || answer[0] !== 0) return false;
  const message = answer.subarray(HEAD_BYTES, HEAD_BYTES + answer.readUInt32BE(1));
  // The answer has one field; others that may come one day stand behind it.
  return message[0] === VARINT_FIELD_1 && message[1] === SERVING;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.of(...bytes, rest);
}
