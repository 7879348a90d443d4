import { cpus, release, totalmem } from "node:os";

/** Where and when something was measured, without which its numbers mean nothing. */
export type Machine = {
  readonly date: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
};

/** The machine that this process runs on, at this moment. */
export function machine(): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    processor: processors[0]?.model ?? "unknown",
    processors: processors.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
  };
}
