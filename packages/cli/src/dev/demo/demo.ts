import { readFile } from "node:fs/promises";
import { colours } from "../../colours.ts";
import type { Context } from "../../context.ts";
import { formatTable } from "../../table.ts";
import type { AclOptions } from "../acl.ts";
import type { ControlPlanes } from "../datacenters.ts";
import { type DemoCheck, demoChecks } from "./checks.ts";
import { checksAcross } from "./checks-across.ts";
import { explanation } from "./explanation.ts";
import { startFirstDatacenter } from "./first-datacenter.ts";
import { startFurtherDatacenter } from "./further-datacenter.ts";
import { agentOf } from "./privileges.ts";
import { type DemoTools, Site } from "./site.ts";
import { managementToken, Tokens } from "./tokens.ts";

/** A demo mesh that runs. */
export type Demo = {
  /** Sends real requests, prints what happened, and is true when all went as it should. */
  check(): Promise<boolean>;
  /** Prints what runs where, and what to try. */
  explain(): void;
};

/** What the demo is started with. */
export type DemoOptions = Omit<DemoTools, "tokens"> & {
  readonly controlPlanes: ControlPlanes;
  /** Undefined where ACLs are off. */
  readonly acl: AclOptions | undefined;
};

/**
 * Starts what the demo shows in each datacenter, side by side, every application, database and proxy in its own process. Where ACLs are on,
 * each of them has a token that may do no more than is needed.
 */
export async function startDemo({ controlPlanes, acl, ...given }: DemoOptions): Promise<Demo> {
  const { context, supervisor, folder } = given;
  const [home, ...away] = controlPlanes;
  const tools = { ...given, tokens: acl === undefined ? undefined : await openTokens(controlPlanes, given, acl) };
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

/** What the management token is used for, and nothing else is: it makes policies and tokens, and gives each agent its own. */
async function openTokens(controlPlanes: ControlPlanes, tools: DemoTools, acl: AclOptions): Promise<Tokens> {
  const site = await Site.open(controlPlanes[0], tools);
  const management = await managementToken(site, site, acl.initialManagementToken);
  const tokens = await Tokens.open(await site.with(management));
  await Promise.all(
    controlPlanes.map(async (controlPlane) => {
      const there = await Site.open(controlPlane, tools);
      const { path } = await tokens.tokenOf(agentOf(controlPlane.node), there);
      await (await there.with(management)).put("/v1/agent/token/agent", { Token: await readFile(path, "utf8") });
    }),
  );
  return tokens;
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
