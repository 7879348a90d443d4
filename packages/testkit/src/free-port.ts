import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

// Below the ports that Linux gives to whoever asks for any (from 32768) and to clients, so that none of those takes a port meanwhile;
// below those that agents give to sidecars (from 21000), too.
const FIRST_PORT = 10_000;
const BLOCKS = 220;
const BLOCK_PORTS = 50;

/** Ports of this process's own that have not been given yet. */
const own: number[] = [];

/**
 * A TCP port on which nobody listens now, and which is given to nobody else, by this process or by another one of this machine that asks
 * here, for as long as this process runs.
 *
 * Only for what cannot be told to listen on port 0 and say which port it got, has to come back to it, or must find nobody there.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (;;) {
    if (own.length === 0) own.push(...(await claimBlock()));
    const port = own.pop();
    if (port !== undefined && (await canListen(port, host))) return port;
  }
}

/** Whether nobody listens on this port of `host` now, so that one may. */
export async function canListen(port: number, host: string): Promise<boolean> {
  const server = await listenOn(port, host);
  if (server === undefined) return false;
  server.close();
  await once(server, "close");
  return true;
}

/** Takes a block of ports: it is whose who listens on its first port, until that process ends. */
async function claimBlock(): Promise<readonly number[]> {
  const start = randomInt(BLOCKS);
  for (let tried = 0; tried < BLOCKS; tried++) {
    const first = FIRST_PORT + ((start + tried) % BLOCKS) * BLOCK_PORTS;
    const guard = await listenOn(first, "127.0.0.1");
    if (guard === undefined) continue;
    guard.unref();
    return Array.from({ length: BLOCK_PORTS - 1 }, (_, n) => first + 1 + n);
  }
  throw new Error(`no block of ports is free from ${FIRST_PORT} on`);
}

async function listenOn(port: number, host: string): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}
