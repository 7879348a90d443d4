import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { spawnProcess } from "@causeway/testkit";
import { findProgram } from "../data-plane/find-program.ts";
import type { Load } from "./load.ts";

const SOURCE = join(import.meta.dirname, "passthrough-load.c");
const FOLDER = join(import.meta.dirname, "../../../../.causeway/bench");

let compiled: Promise<string | undefined> | undefined;

/** Path of the program that makes loads without Node, compiled by the first who asks; undefined where there is no compiler of C. */
export function nativeLoad(): Promise<string | undefined> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<string | undefined> {
  const compiler = findProgram("cc");
  if (compiler === undefined) return undefined;
  await mkdir(FOLDER, { recursive: true });
  const program = join(FOLDER, "passthrough-load");
  await using process = await spawnProcess(compiler, ["-O2", "-o", program, SOURCE]);
  const { code } = await process.exited;
  if (code !== 0) throw new Error(`${SOURCE} cannot be compiled:\n${process.lastLines()}`);
  return program;
}

/** What the program is told to make this load; undefined where it cannot: it speaks no TLS, and keeps no pace. */
export function nativeArguments(load: Load, helloFile: string): readonly string[] | undefined {
  if (load.target.greeting.kind !== "hello" || load.kind === "pace") return undefined;
  const to = [`${load.target.port}`, helloFile];
  switch (load.kind) {
    case "transfer":
      return [load.direction, ...to, `${load.connections}`, `${load.bytes}`];
    case "connections":
      return ["connections", ...to, `${load.atOnce}`, `${load.total}`];
    case "idle":
      return ["idle", ...to, `${load.connections}`];
  }
}
