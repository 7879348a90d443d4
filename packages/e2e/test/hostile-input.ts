import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { captureClientHello } from "@causeway/testkit";

const HANDSHAKE = 22;

/** A record that says it is a handshake, with these bytes in it. */
function handshakeRecord(bytes: Buffer): Buffer {
  const header = Buffer.from([HANDSHAKE, 3, 1, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([header, bytes]);
}

/** A ClientHello that never ends: it says it is `bytes` long, and comes in records of 16 KiB. */
function endlessHello(bytes: number): Buffer {
  const message = Buffer.alloc(bytes + 4, 0);
  message.writeUInt32BE((1 << 24) | bytes, 0);
  message.writeUInt16BE(0x0303, 4);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += 16_384) records.push(handshakeRecord(message.subarray(at, at + 16_384)));
  return Buffer.concat(records);
}

/** The beginning of a hello. */
export async function halfHello(): Promise<Buffer> {
  return (await captureClientHello("billing.example")).subarray(0, 100);
}

const SSL2_HELLO = Buffer.from("802e0100020015000000100100800300800700c0060040020080040080", "hex");

/** What a gateway is sent that it refuses, and with which reason. */
export const REFUSED = [
  {
    fact: "plain HTTP on the TLS port",
    bytes: async () => Buffer.from("GET / HTTP/1.1\r\nHost: billing\r\n\r\n"),
    outcome: "NOT_TLS",
    reason: /does not speak TLS: .*HTTP/,
  },
  { fact: "an SSLv2 hello", bytes: async () => SSL2_HELLO, outcome: "NOT_TLS", reason: /does not speak TLS/ },
  {
    fact: "a TLS record of another kind",
    bytes: async () => Buffer.from([23, 3, 3, 0, 5, 1, 2, 3, 4, 5]),
    outcome: "NOT_TLS",
    reason: /does not speak TLS/,
  },
  {
    fact: "a hello that names no server",
    bytes: () => captureClientHello(undefined),
    outcome: "NO_SNI",
    reason: /named no server/,
  },
  {
    fact: "a hello over 64 KiB",
    bytes: async () => endlessHello(70_000),
    outcome: "HELLO_TOO_LARGE",
    reason: /over 64 KiB/,
  },
] as const;

/** What a gateway waits for in vain, and with which reason it refuses that. */
export const SILENT = [
  {
    fact: "a connection on which nothing is ever sent",
    bytes: async () => Buffer.alloc(0),
    outcome: "HELLO_TIMEOUT",
    reason: /no whole ClientHello within 3000 ms/,
  },
  {
    fact: "a hello that stops half-way",
    bytes: halfHello,
    outcome: "HELLO_TIMEOUT",
    reason: /no whole ClientHello within 3000 ms/,
  },
] as const;

/** Sends the first `bytes` bytes one by one, each in a packet of its own. */
export class ByteByByte extends Duplex {
  readonly #socket: Socket;
  #bytes: number;

  constructor(socket: Socket, bytes: number) {
    super();
    this.#socket = socket.setNoDelay(true);
    this.#bytes = bytes;
    socket.on("data", (chunk) => this.push(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const single = Math.min(this.#bytes, chunk.length);
    this.#bytes -= single;
    this.#sendFrom(chunk, 0, single, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #sendFrom(chunk: Buffer, at: number, single: number, done: (error?: Error | null) => void): void {
    if (at === single) {
      this.#socket.write(chunk.subarray(at), done);
      return;
    }
    this.#socket.write(chunk.subarray(at, at + 1), () =>
      setImmediate(() => this.#sendFrom(chunk, at + 1, single, done)),
    );
  }
}
