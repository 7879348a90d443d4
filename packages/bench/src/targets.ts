import type { Report } from "./report.ts";
import { renderCells, renderNumber, type Table } from "./table.ts";

/** What was aimed at, and what one run found of it. */
export type TargetResult = {
  readonly target: string;
  /** The most that meets it, in the unit of the target; "of HAProxy's" is a ratio. */
  readonly limit: number;
  /** Undefined was not measured in that run: a peer is absent, or a part was left out. */
  readonly measured: number | undefined;
  /** The two numbers of which `measured` is the ratio; undefined where it is no ratio. */
  readonly of: readonly [number, number] | undefined;
  readonly met: boolean | undefined;
};

/** Finds a value of the run by the beginnings of its table's title and of its row's name, and by its column's heading. */
type Find = (title: string, row: string, heading: string) => number | undefined;

type Found = Pick<TargetResult, "measured" | "of">;
type Target = { readonly target: string; readonly limit: number; readonly find: (find: Find) => Found };

const PASSTHROUGH = "SNI passthrough";
const TERMINATION = "Mutual TLS termination";
const AGENT = "Start and end of an agent";
const OURS = "Causeway, splice";

/** All targets, in the order in which they are told. */
const TARGETS: readonly Target[] = [
  ...["HAProxy", "nginx"].flatMap((peer) =>
    ["up", "down"].map((way) => beside(peer, PASSTHROUGH, `CPU s/GB ${way}`, 0.3)),
  ),
  beside("HAProxy", PASSTHROUGH, "CPU µs/connection", 1.15),
  {
    target: "SNI passthrough: MB with 10,000 idle connections",
    limit: 150,
    find: (find) => {
      const [idle, each] = ["RSS MB idle", "per 1,000 idle"].map((heading) => find(PASSTHROUGH, OURS, heading));
      return one(idle === undefined || each === undefined ? undefined : idle + 10 * each);
    },
  },
  ...["up", "down"].map((way) => beside("HAProxy", TERMINATION, `CPU s/GB ${way}`, 1.15)),
  beside("HAProxy", TERMINATION, "CPU µs/handshake", 1.15),
  beside("HAProxy", TERMINATION, "CPU µs/resumed", 1.3),
  single("ms p99 from an intention's acknowledgement to the last gateway", 20, ["An intention", "open", "p99"]),
  ...["register", "update", "deregister"].map((operation) => ({
    target: `CPU of one ${operation} at 100,000 instances, of that at 1,000`,
    limit: 1.5,
    find: (find: Find) => {
      const title = `One ${operation} by`;
      return ratio(find(title, "100,000", "CPU ms"), find(title, "1,000", "CPU ms"));
    },
  })),
  single("s until a gateway is ready among 100,000 instances", 1, ["Start of a", "100,000", "ready after s"]),
  single("s until `causeway agent -dev` answers", 1.5, [AGENT, "1 at", "answers after s"]),
  single("s until it has a leader and a root", 5, [AGENT, "1 at", "leader and root after s"]),
  single("s from SIGINT until all is ended", 2, [AGENT, "1 at", "ended after s"]),
  single("MB of a gateway among 100,000 instances", 120, ["Start of a", "100,000", "RSS MB"]),
];

/** What the tables of a run say of each target. */
export function judge(parts: Report["parts"]): readonly TargetResult[] {
  const find = finder(parts.flatMap(({ tables }) => tables));
  return TARGETS.map(({ target, limit, find: findValue }) => {
    const found = findValue(find);
    return { target, limit, ...found, met: found.measured === undefined ? undefined : found.measured <= limit };
  });
}

/** The targets as a table for terminals, which is Markdown as well. */
export function renderTargets(results: readonly TargetResult[]): string {
  const rows = results.map(({ target, limit, measured, of, met }) => [
    target,
    measured === undefined ? "–" : renderNumber(measured, decimalsFor(limit)),
    of === undefined ? "" : `${of.map((value) => renderNumber(value, decimalsFor(value))).join(" / ")}`,
    renderNumber(limit, decimalsFor(limit)),
    measured === undefined || met === undefined ? "not measured" : verdict(measured, limit),
  ]);
  return renderCells("Targets", ["target", "median", "ours / theirs", "at most", "verdict"], rows);
}

function verdict(measured: number, limit: number): string {
  if (measured <= limit) return "met";
  const decimals = decimalsFor(limit);
  return `missed by ${renderNumber(measured - limit, decimals)} (${renderNumber((measured / limit - 1) * 100, 0)} %)`;
}

function decimalsFor(size: number): number {
  return size < 10 ? 2 : size < 100 ? 1 : 0;
}

function beside(peer: string, title: string, heading: string, limit: number): Target {
  return {
    target: `${title}: ${heading}, of ${peer}'s`,
    limit,
    find: (find) => ratio(find(title, OURS, heading), find(title, peer, heading)),
  };
}

function single(target: string, limit: number, at: Parameters<Find>): Target {
  return { target, limit, find: (find) => one(find(...at)) };
}

function one(measured: number | undefined): Found {
  return { measured, of: undefined };
}

function ratio(ours: number | undefined, theirs: number | undefined): Found {
  const known = ours !== undefined && theirs !== undefined && theirs > 0;
  return known ? { measured: ours / theirs, of: [ours, theirs] } : one(undefined);
}

function finder(tables: readonly Table[]): Find {
  return (title, row, heading) => {
    const table = tables.find((each) => each.title.startsWith(title));
    const at = table?.columns.findIndex((column) => column.heading === heading) ?? -1;
    const value = table?.rows.find(({ name }) => name.startsWith(row))?.values[at];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  };
}
