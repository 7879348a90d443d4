import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the ports that Linux gives to whoever asks for any (from 32768) and to clients, so that none of those takes a port meanwhile;
// below those that agents give to sidecars (from 21000), too.
const FIRST_PORT = 10_000;
const PORTS = 11_000;

const given = new Set<number>();

/**
 * A TCP port on which nobody listens now, never given twice by one process.
 *
 * Only for what cannot be told to listen on port 0 and say which port it got, or must find nobody there.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (let tried = 0; tried < PORTS; tried++) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (given.has(port) || !(await canListen(port, host))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no port is free on ${host} from ${FIRST_PORT} on`);
}

/** Whether nobody listens on this port of `host` now, so that one may. */
export async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
