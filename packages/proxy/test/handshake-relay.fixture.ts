import { connect, createServer, type Socket } from "node:net";
import { type ListeningServer, listen } from "@causeway/testkit";

/** What both sides of a handshake of TLS 1.3 have said of sessions, in clear. */
export type SeenHandshake = {
  /** The ticket that the client has offered. */
  readonly offered: string | undefined;
  /** Whether the server has taken it. */
  readonly resumed: boolean;
};

/** A relay before a server of TLS, which may be exchanged for another at the same address. */
export type HandshakeRelay = ListeningServer & {
  /** One for each connection that the server has answered, in their order. */
  readonly handshakes: readonly SeenHandshake[];
  /** Where further connections lead. */
  target: number;
  /** Whether those are broken off that offer a ticket. */
  breaksOff: boolean;
};

const RECORD_AND_MESSAGE_HEADERS_BYTES = 9;
const VERSION_AND_RANDOM_BYTES = 34;
const PRE_SHARED_KEY = 41;

/** Starts a relay that looks at both hellos of each connection. */
export async function startHandshakeRelay(target: number): Promise<HandshakeRelay> {
  const handshakes: SeenHandshake[] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.once("data", (hello: Buffer) => {
      const offered = ticketIn(hello);
      if (relay.breaksOff && offered !== undefined) {
        client.resetAndDestroy();
        return;
      }
      const onward = connect({ host: "127.0.0.1", port: relay.target, allowHalfOpen: true });
      onward.once("data", (answer: Buffer) => handshakes.push({ offered, resumed: takesTicket(answer) }));
      onward.write(hello);
      join(client, onward);
      join(onward, client);
    });
    client.on("error", () => {});
  });
  const relay = { ...(await listen(server)), handshakes, target, breaksOff: false };
  return relay;
}

function join(from: Socket, to: Socket): void {
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
  from.pipe(to);
}

/** @see RFC 8446 sections 4.1.2 and 4.2.11 */
function ticketIn(hello: Buffer): string | undefined {
  let at = afterSessionId(hello);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const identities = extensionAt(hello, at, PRE_SHARED_KEY);
  return identities?.toString("hex", 4, 4 + identities.readUInt16BE(2));
}

/** @see RFC 8446 section 4.1.3 */
function takesTicket(serverHello: Buffer): boolean {
  return extensionAt(serverHello, afterSessionId(serverHello) + 3, PRE_SHARED_KEY) !== undefined;
}

function afterSessionId(hello: Buffer): number {
  const at = RECORD_AND_MESSAGE_HEADERS_BYTES + VERSION_AND_RANDOM_BYTES;
  return at + 1 + hello.readUInt8(at);
}

function extensionAt(hello: Buffer, extensions: number, wanted: number): Buffer | undefined {
  const end = extensions + 2 + hello.readUInt16BE(extensions);
  for (let at = extensions + 2; at < end; ) {
    const length = hello.readUInt16BE(at + 2);
    if (hello.readUInt16BE(at) === wanted) return hello.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}
