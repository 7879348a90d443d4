/**
 * A process that makes one load: reads what from the variable CAUSEWAY_BENCH_LOAD, and writes what it found as one line of JSON.
 *
 * @module
 */
import type { Load } from "./load.ts";
import { runLoad } from "./run-load.ts";

const load = JSON.parse(process.env["CAUSEWAY_BENCH_LOAD"] ?? "") as Load;
process.stdout.write(`${JSON.stringify(await runLoad(load))}\n`);
if (load.kind !== "idle") process.exit(0);
