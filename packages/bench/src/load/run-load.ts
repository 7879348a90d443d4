import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../statistics.ts";
import type { Load, LoadResult } from "./load.ts";
import { downloadMessage, PIECE, PING } from "./messages.ts";
import { beginSession, type Opener, openerOf } from "./open-connection.ts";

/** Connections that are opened at the same time where opening them is not what is measured. */
const OPENED_AT_ONCE = 50;

/** Makes the load and gives what it found. Idle connections stay open, and end with this process. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const open = openerOf(load.target);
  switch (load.kind) {
    case "transfer": {
      const sockets = await openMany(open, load.connections);
      const move = load.direction === "up" ? upload : download;
      return await timed(async () => void (await Promise.all(sockets.map((socket) => move(socket, load.bytes)))));
    }
    case "connections": {
      const session = load.resumed === true ? await beginSession(load.target) : undefined;
      return await openAndReset(session === undefined ? open : openerOf(load.target, session), load);
    }
    case "pace":
      return await exchangeAtPace(await openMany(open, load.connections), load);
    case "idle":
      return await timed(async () => void (await openMany(open, load.connections)));
  }
}

async function timed(work: () => Promise<void>): Promise<LoadResult> {
  const startedMs = performance.now();
  await work();
  return { seconds: (performance.now() - startedMs) / 1e3, p50Ms: Number.NaN, p99Ms: Number.NaN };
}

async function openMany(open: Opener, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  let started = 0;
  const opener = async () => {
    while (started++ < count) sockets.push((await open()).socket.resume());
  };
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, opener));
  return sockets;
}

/** Sends so many bytes, and resolves when the far side, which has read them all by then, has ended as well. */
async function upload(socket: Socket, bytes: number): Promise<void> {
  const closed = once(socket, "close");
  for (let left = bytes; left > 0; left -= PIECE.byteLength) {
    if (!socket.write(left < PIECE.byteLength ? PIECE.subarray(0, left) : PIECE)) await once(socket, "drain");
  }
  socket.end();
  await closed;
}

/** Asks for so many bytes, and resolves when they have come. */
async function download(socket: Socket, bytes: number): Promise<void> {
  let received = 0;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.byteLength;
  });
  const ended = once(socket, "end");
  socket.write(downloadMessage(bytes));
  await ended;
  socket.destroy();
  if (received < bytes) throw new Error(`${received} of ${bytes} bytes came`);
}

/** Opens connections, so many at a time; each is reset once it has been answered, so that no port is held up. */
async function openAndReset(
  open: Opener,
  { atOnce, total }: { readonly atOnce: number; readonly total: number },
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let started = 0;
  const client = async () => {
    while (started++ < total) {
      const startedMs = performance.now();
      const { socket, reset } = await open();
      latenciesMs.push(performance.now() - startedMs);
      socket.on("error", () => {});
      reset();
    }
  };
  const { seconds } = await timed(async () => void (await Promise.all(Array.from({ length: atOnce }, client))));
  return { seconds, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) };
}

/**
 * Sends small messages at a fixed rate, each on the next connection, whether the last has been answered or not: a slow answer must not
 * put off the next question. Latency counts from when a message was due.
 */
async function exchangeAtPace(
  sockets: readonly Socket[],
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const sentMs = sockets.map((): number[] => []);
  sockets.forEach((socket, at) => {
    socket.on("data", (answers: Buffer) => {
      for (const _ of answers) latenciesMs.push(performance.now() - (sentMs[at]?.shift() ?? Number.NaN));
    });
  });
  const total = perSecond * seconds;
  const startedMs = performance.now();
  for (let sent = 0; sent < total; ) {
    const dueMs = startedMs + (sent * 1e3) / perSecond;
    if (performance.now() < dueMs) {
      await delay(1);
      continue;
    }
    const at = sent++ % sockets.length;
    sentMs[at]?.push(performance.now());
    sockets[at]?.write(PING);
  }
  while (latenciesMs.length < total) await delay(1);
  return {
    seconds: (performance.now() - startedMs) / 1e3,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}
