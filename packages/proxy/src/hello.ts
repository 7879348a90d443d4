import type { Socket } from "node:net";
import { type ClientHello, readClientHello } from "@causeway/wire";
import { ConnectionError } from "./errors.ts";
import { type Patience, untilRead } from "./until-read.ts";

/**
 * Reads the client's hello and puts all that was read back, so that whoever takes the socket next finds it untouched.
 *
 * Rejects with HELLO_TIMEOUT, NOT_TLS, HELLO_TOO_LARGE, CLIENT_CLOSED, or the signal's reason; the socket stays open then.
 */
export function peekHello(socket: Socket, patience: Patience): Promise<ClientHello> {
  let received: Buffer = Buffer.alloc(0);
  return untilRead(socket, patience, { code: "HELLO_TIMEOUT", waitedMs: patience.timeoutMs }, () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return undefined;
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const result = readClientHello(received);
    switch (result.kind) {
      case "incomplete":
        return undefined;
      case "found":
        return { found: result.hello, received };
      case "too-large":
        throw new ConnectionError({ code: "HELLO_TOO_LARGE" });
      default:
        throw new ConnectionError({ code: "NOT_TLS", found: result.reason });
    }
  });
}
