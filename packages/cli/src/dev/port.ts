import { once } from "node:events";
import { createServer } from "node:net";
import { CommandError } from "../errors.ts";

const MAX_PORT = 65_535;

/** Throws a CommandError that says what to do when something listens on `port` of 127.0.0.1 already; 0 is always free. */
export async function refuseTakenPort(port: number): Promise<void> {
  const cause = await triedInVain(port);
  if (cause === undefined) return;
  const reason =
    cause.code === "EADDRINUSE" ? "is taken, perhaps by another agent" : `cannot be used (${cause.message})`;
  const remedy = "choose another one by --http-port N; 0 lets the system choose";
  throw new CommandError(`port ${port} on 127.0.0.1 ${reason}: ${remedy}`, 1, { cause });
}

/**
 * Ports for `count` agents: `first`, and then the ones after it. 0, which lets the system choose, stands for one that something listens on
 * already; all are 0 when `first` is.
 */
export async function agentPorts(first: number, count: number): Promise<readonly number[]> {
  const others = Array.from({ length: count - 1 }, async (_, at) => {
    const port = first === 0 ? 0 : first + 1 + at;
    return port > MAX_PORT || (await triedInVain(port)) !== undefined ? 0 : port;
  });
  return [first, ...(await Promise.all(others))];
}

/** Why `port` of 127.0.0.1 cannot be listened on, or undefined when it can. */
async function triedInVain(port: number): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    server.close();
  }
}
