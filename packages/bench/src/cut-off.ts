import { openThrough } from "./load/open-through.ts";
import { quantile } from "./statistics.ts";
import type { Table } from "./table.ts";

/** The gateway, the service and the caller of a connection. */
type Through = Parameters<typeof openThrough>;

/** A change that was written, in milliseconds since it was sent. */
export type CutOff = {
  readonly acknowledgedMs: number;
  /** When the last of the connections had been cut off. */
  readonly cutOffMs: number;
};

/** Opens a connection through each gateway, makes the change that must cut them all off, and waits until it has. */
export async function cutOffBy(
  change: () => Promise<unknown>,
  gateways: readonly Through[0][],
  service: Through[1],
  client: Through[2],
): Promise<CutOff> {
  const open = await Promise.all(gateways.map((gateway) => openThrough(gateway, service, client)));
  const ends = Promise.all(open.map(async ({ ended }) => ended.then(() => performance.now())));
  const startedMs = performance.now();
  await change();
  const acknowledgedMs = performance.now() - startedMs;
  const cutOffMs = Math.max(...(await ends)) - startedMs;
  for (const conversation of open) conversation[Symbol.dispose]();
  return { acknowledgedMs, cutOffMs };
}

/** One row of quantiles in milliseconds: those of `ms`, and beside them the median of `beside`. */
export function latencyTable(
  names: { readonly title: string; readonly of: string; readonly row: string; readonly beside: string },
  ms: readonly number[],
  beside: readonly number[],
): Table {
  const { title, of, row, beside: heading } = names;
  return {
    title,
    of,
    columns: [
      { heading: "ms p50", decimals: 1, plotted: true },
      { heading: "p99", decimals: 1, plotted: true },
      { heading: "most", decimals: 1 },
      { heading, decimals: 1, plotted: true },
    ],
    rows: [{ name: row, values: [...[0.5, 0.99, 1].map((q) => quantile(ms, q)), quantile(beside, 0.5)] }],
  };
}
