import type { Table } from "./table.ts";

/** How much is measured: "small" shows that a part works, and its numbers mean little. */
export type Scale = "full" | "small";

/** What a part is run with. */
export type PartOptions = {
  readonly scale: Scale;
  /** Whether proxies are profiled rather than measured, by those parts that can do that. */
  readonly profiles: boolean;
  /** Tells whoever waits what is being done. */
  readonly say: (progress: string) => void;
};

/** One part of the benchmark, which starts what it measures and ends it. */
export type Part = {
  readonly name: string;
  /** What it measures, for --help. */
  readonly summary: string;
  readonly run: (options: PartOptions) => Promise<readonly Table[]>;
};
