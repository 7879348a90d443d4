import type { Row, Table } from "./table.ts";

/**
 * What each of `ours` has of what each of the peers has: 0.5 is half as much. Rows that begin with `ours` are ours, those that have
 * neither that nor one of `except` are peers. Undefined where there are no peers.
 */
export function ratiosOf(
  { title, of, columns, rows }: Table,
  ours: string,
  except: readonly string[] = [],
): Table | undefined {
  const isOurs = ({ name }: Row) => name.startsWith(ours);
  const peers = rows.filter((row) => !isOurs(row) && !except.includes(row.name));
  if (peers.length === 0) return undefined;
  return {
    title: `${title}, as ratios`,
    of,
    columns: columns.map(({ heading }) => ({ heading, decimals: 2 })),
    rows: rows.filter(isOurs).flatMap((row) =>
      peers.map((peer) => ({
        name: `${row.name} / ${peer.name}`,
        values: row.values.map((value, at) => quotient(value, peer.values[at])),
      })),
    ),
  };
}

/** Undefined where either is missing, or where none is told: what a latency adds may be less than nothing. */
function quotient(value: number | undefined, of: number | undefined): number | undefined {
  return value === undefined || of === undefined || !(of > 0) ? undefined : value / of;
}
