import { pipeline } from "node:stream/promises";
import type { Carriage } from "./connection.ts";

/**
 * Carries bytes both ways until both directions have ended; rejects when a side breaks off, and has destroyed both sides then.
 *
 * An end on one side is passed on as a half-close, so that a client which has sent its request and closed its sending side still gets
 * the answer; both sockets must allow that (`allowHalfOpen`). A side that is slow to read slows the other down.
 */
export async function carry({ client, upstream }: Carriage): Promise<void> {
  await Promise.all([pipeline(client, upstream), pipeline(upstream, client)]);
}
