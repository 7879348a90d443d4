import { once } from "node:events";
import { createServer } from "node:net";
import { CommandError } from "../errors.ts";

/** Throws a CommandError that says what to do when something listens on `port` of 127.0.0.1 already; 0 is always free. */
export async function refuseTakenPort(port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "is taken, perhaps by another agent" : `cannot be used (${message})`;
    const remedy = "choose another one by --http-port N; 0 lets the system choose";
    throw new CommandError(`port ${port} on 127.0.0.1 ${reason}: ${remedy}`, 1, { cause });
  } finally {
    server.close();
  }
}
