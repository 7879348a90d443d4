import type { Socket } from "node:net";
import { Connection } from "../connection.ts";

/** A connection that goes on into the mesh for the requests of a client, and does not end with that of the client. */
export class Leg extends Connection {
  #upstream: Socket | undefined;

  /** Says which socket it goes on by; resolves when that has been closed. */
  async lastUntilClosed(upstream: Socket): Promise<void> {
    this.#upstream = upstream;
    if (upstream.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    upstream.once("close", () => resolve());
    await promise;
  }

  override get pours(): boolean {
    return false;
  }

  override get bytesToUpstream(): number {
    return this.#upstream?.bytesWritten ?? 0;
  }

  override get bytesToClient(): number {
    return this.#upstream?.bytesRead ?? 0;
  }
}
