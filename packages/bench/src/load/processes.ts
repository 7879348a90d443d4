import { join } from "node:path";
import { type SpawnedProcess, spawnProcess, temporaryDirectory } from "@causeway/testkit";
import type { Load, LoadResult } from "./load.ts";
import { nativeArguments, nativeLoad } from "./native-load.ts";

/** Longest wait for a load to be over; a full one takes seconds. */
const LOAD_WITHIN_MS = 120_000;

const isJson = (line: string) => line.startsWith("{");

/** The backend in a process of its own, which whoever starts it ends. */
export async function startBackend(): Promise<{ readonly process: SpawnedProcess; readonly port: number }> {
  const program = await nativeLoad();
  const process = program === undefined ? await startNode("backend.ts") : await spawnProcess(program, ["backend"]);
  const { port } = JSON.parse(await process.waitForLine(isJson)) as { port: number };
  return { process, port };
}

/** Makes a load in a process of its own; gives what it found. */
export async function makeLoad(load: Load): Promise<LoadResult> {
  return await during(load, async (result) => result);
}

/** Opens connections on which nothing happens, and has `measure` done while they are open; gives what that gives. */
export async function whileIdle<T>(load: Load & { readonly kind: "idle" }, measure: () => Promise<T>): Promise<T> {
  return await during(load, measure);
}

/** Has a load made, and `then` done before its process ends. */
async function during<T>(load: Load, then: (result: LoadResult) => Promise<T>): Promise<T> {
  await using folder = await temporaryDirectory();
  await using client = await startClient(load, folder);
  const line = JSON.parse(await client.waitForLine(isJson, LOAD_WITHIN_MS)) as Partial<LoadResult>;
  return await then({ seconds: Number.NaN, p50Ms: Number.NaN, p99Ms: Number.NaN, ...line });
}

async function startClient(
  load: Load,
  folder: Awaited<ReturnType<typeof temporaryDirectory>>,
): Promise<SpawnedProcess> {
  const program = await nativeLoad();
  const { greeting } = load.target;
  const hello = greeting.kind === "hello" ? Buffer.from(greeting.hello, "base64") : Buffer.alloc(0);
  const args = nativeArguments(load, await folder.write("hello", hello));
  if (program !== undefined && args !== undefined) return await spawnProcess(program, args);
  return await startNode("client.ts", { CAUSEWAY_BENCH_LOAD: JSON.stringify(load) });
}

function startNode(file: string, env: Readonly<Record<string, string>> = {}): Promise<SpawnedProcess> {
  return spawnProcess(process.execPath, [join(import.meta.dirname, file)], { env });
}
