import { canListen } from "@causeway/testkit";

// Below the ports that Linux gives to clients (from 32768), so that no connection can take a port before it is listened on; above the
// ports that agents give to sidecars (21000 to 21255).
const FIRST_PORT = 22_000;
const PORTS_PER_WORKER = 1_000;
const WORKERS = 10;

const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % WORKERS;
let next = process.pid % PORTS_PER_WORKER;

/** A port on which nobody listens, never given twice to the tests of one process, for what must be told its port before it starts. */
export async function reservePort(): Promise<number> {
  for (let tried = 0; tried < PORTS_PER_WORKER; tried++) {
    const port = FIRST_PORT + worker * PORTS_PER_WORKER + next;
    next = (next + 1) % PORTS_PER_WORKER;
    if (await canListen(port, "0.0.0.0")) return port;
  }
  throw new Error(`no port is free from ${FIRST_PORT + worker * PORTS_PER_WORKER} on`);
}

/** A range of so many ports in a row on which nobody listens, as "22010-22019"; none of them is given to anybody else of this process. */
export async function reservePorts(count: number): Promise<string> {
  let first = await reservePort();
  let last = first;
  while (last - first + 1 < count) {
    const port = await reservePort();
    if (port !== last + 1) first = port;
    last = port;
  }
  return `${first}-${last}`;
}
