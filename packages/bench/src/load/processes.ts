import { join } from "node:path";
import { type SpawnedProcess, spawnProcess } from "@causeway/testkit";
import type { Load, LoadResult } from "./load.ts";

/** Longest wait for a load to be over; a full one takes seconds. */
const LOAD_WITHIN_MS = 120_000;

const isJson = (line: string) => line.startsWith("{");

/** The backend in a process of its own, which whoever starts it ends. */
export async function startBackend(): Promise<{ readonly process: SpawnedProcess; readonly port: number }> {
  const process = await start("backend.ts");
  const { port } = JSON.parse(await process.waitForLine(isJson)) as { port: number };
  return { process, port };
}

/** Makes a load in a process of its own; gives what it found. */
export async function makeLoad(load: Load): Promise<LoadResult> {
  await using client = await start("client.ts", { CAUSEWAY_BENCH_LOAD: JSON.stringify(load) });
  return await resultOf(client);
}

/** Opens connections on which nothing happens, and has `measure` done while they are open; gives what that gives. */
export async function whileIdle<T>(load: Load & { readonly kind: "idle" }, measure: () => Promise<T>): Promise<T> {
  await using client = await start("client.ts", { CAUSEWAY_BENCH_LOAD: JSON.stringify(load) });
  await resultOf(client);
  return await measure();
}

function start(file: string, env: Readonly<Record<string, string>> = {}): Promise<SpawnedProcess> {
  return spawnProcess(process.execPath, [join(import.meta.dirname, file)], { env });
}

async function resultOf(client: SpawnedProcess): Promise<LoadResult> {
  return JSON.parse(await client.waitForLine(isJson, LOAD_WITHIN_MS)) as LoadResult;
}
