import type { Socket } from "node:net";
import { type Patience, untilRead } from "../until-read.ts";

/**
 * The first so many bytes that a client sends; they are put back, so that whoever takes the socket next finds it untouched.
 *
 * Rejects with IDLE or CLIENT_CLOSED, or the signal's reason.
 */
export function firstBytes(socket: Socket, count: number, patience: Patience): Promise<Buffer> {
  return untilRead(socket, patience, { code: "IDLE", afterMs: patience.timeoutMs }, () => {
    const received: Buffer | null = socket.read(count);
    return received === null ? undefined : { found: received, received };
  });
}
