import { colours } from "../../colours.ts";
import type { Context } from "../../context.ts";
import { formatTable } from "../../table.ts";
import type { ControlPlanes } from "../datacenters.ts";
import { type DemoCheck, demoChecks } from "./checks.ts";
import { checksAcross } from "./checks-across.ts";
import { explanation } from "./explanation.ts";
import { startFirstDatacenter } from "./first-datacenter.ts";
import { startFurtherDatacenter } from "./further-datacenter.ts";
import { type DemoTools, Site } from "./site.ts";

/** A demo mesh that runs. */
export type Demo = {
  /** Sends real requests, prints what happened, and is true when all went as it should. */
  check(): Promise<boolean>;
  /** Prints what runs where, and what to try. */
  explain(): void;
};

/** Starts what the demo shows in each datacenter, side by side, every application, database and proxy in its own process. */
export async function startDemo({
  controlPlanes,
  ...tools
}: DemoTools & { readonly controlPlanes: ControlPlanes }): Promise<Demo> {
  const { context, supervisor, folder } = tools;
  const [home, ...away] = controlPlanes;
  const names = away.map(({ datacenter }) => datacenter);
  context.err(colours.dim(announcement(home.datacenter, names)));
  const [first, others] = await Promise.all([
    Site.open(home, tools).then((site) => startFirstDatacenter(site, names)),
    Promise.all(away.map(async (controlPlane) => startFurtherDatacenter(await Site.open(controlPlane, tools)))),
  ]);
  return {
    check: () => runChecks([...demoChecks(first), ...checksAcross(first, others)], context),
    explain: () => context.out(explanation({ first, others }, supervisor.processes(), folder)),
  };
}

function announcement(first: string, others: readonly string[]): string {
  const start = `Starting the demo mesh: in ${first} web and report with sidecars, billing and legacy-db outside, a gateway between`;
  if (others.length === 0) return start;
  return `${start}; in ${others.join(", ")} api with a sidecar, orders-db outside, a gateway to it; mesh gateways join them`;
}

async function runChecks(checks: readonly DemoCheck[], context: Context): Promise<boolean> {
  const rows: string[][] = [];
  let passed = true;
  for (const { name, run } of checks) {
    const outcome = await run().then(
      (detail) => ({ ok: true, detail }),
      (error: Error) => ({ ok: false, detail: error.message }),
    );
    passed &&= outcome.ok;
    rows.push([outcome.ok ? "ok" : "FAILED", name, outcome.detail]);
  }
  const [heading = "", ...lines] = formatTable([["", "What was tried", "What happened"], ...rows]).split("\n");
  const colour = (line: string) => (line.startsWith("ok") ? colours.green(line) : colours.red(line));
  context.out([colours.bold(heading), ...lines.map(colour)].join("\n"));
  return passed;
}
