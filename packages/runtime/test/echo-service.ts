import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type SpawnedProcess, spawnProcess } from "@causeway/testkit";

/** What the log line `ready` tells. */
export type Ready = { readonly pid: number; readonly adminPort: number; readonly listenPort: number };

/** The file of the echo service. */
export const ECHO_SERVICE = fileURLToPath(new URL("fixtures/echo-service.ts", import.meta.url));
const PARENT = fileURLToPath(new URL("fixtures/parent.ts", import.meta.url));

/** Starts the echo service as a process; whoever starts it ends it. */
export function startEcho(
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<SpawnedProcess> {
  return spawnProcess(process.execPath, [ECHO_SERVICE, ...args], { env: { CAUSEWAY_LOG_FORMAT: "json", ...env } });
}

/** Starts a process that starts the echo service. */
export function startParent(channel: "ipc" | "none", env: Readonly<Record<string, string>>): Promise<SpawnedProcess> {
  return spawnProcess(process.execPath, [PARENT, channel], { env: { CAUSEWAY_LOG_FORMAT: "json", ...env } });
}

/** The facts of the log line with this message, which is waited for. */
export async function waitForLog(service: SpawnedProcess, message: string): Promise<Record<string, unknown>> {
  return JSON.parse(await service.waitForLine((line) => line.endsWith(`"msg":"${message}"}`)));
}

export async function waitUntilReady(service: SpawnedProcess): Promise<Ready> {
  return (await waitForLog(service, "ready")) as Ready;
}

/** Asks an admin path. */
export async function ask(port: number, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

/** An open connection on which one word has gone to the service and back. */
export async function openConnection(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.write("hello");
  await once(socket, "data");
  return socket;
}
