import { type Mesh, startMesh, type TerminatingGateway } from "@causeway/e2e";
import { startTcpEcho } from "@causeway/testkit";
import { openThrough } from "../load/open-through.ts";
import type { Part } from "../part.ts";
import { quantile } from "../statistics.ts";
import type { Table } from "../table.ts";
import { measureConfigWrites } from "./config-writes.ts";

/** An intention is changed so often; each time so many gateways must enforce it. */
export type IntentionLoad = { readonly changes: number; readonly gateways: number };

const LOADS = { full: { changes: 150, gateways: 2 }, small: { changes: 5, gateways: 2 } } as const;

const SOURCE = "web";
const DESTINATION = "measured";

/** From an intention, or a config entry, that is written to connections that are cut off. */
export const intentions: Part = {
  name: "intentions",
  summary: "how soon the last gateway has enforced an intention, and has applied a config entry",
  async run({ scale, say }) {
    say("starting a mesh with terminating gateways");
    await using mesh = await startMesh();
    const load = LOADS[scale];
    say(`${load.changes} intentions, each of which ${load.gateways} gateways must enforce`);
    const enforced = await measureIntentions(mesh, load);
    say(`${load.changes} config entries, each of which ${load.gateways} gateways must apply`);
    return [enforced, await measureConfigWrites(mesh, load)];
  },
};

/**
 * Opens a connection through each gateway, denies it, and waits until each has been cut off; then allows it again. A time is negative
 * where the gateway was faster than the answer to whoever wrote the intention.
 */
export async function measureIntentions(mesh: Mesh, { changes, gateways: count }: IntentionLoad): Promise<Table> {
  await using resources = new AsyncDisposableStack();
  const echo = resources.use(await startTcpEcho());
  await mesh.agent.registerExternal({ service: DESTINATION, port: echo.port });
  const gateways: TerminatingGateway[] = [];
  for (let n = 0; n < count; n++) {
    const gateway = resources.use(await mesh.startTerminatingGateway(`gateway-${n}`));
    await gateway.link({ Name: DESTINATION });
    gateways.push(gateway);
  }
  const client = { identity: await mesh.identity(SOURCE), trust: await mesh.trust() };

  const written: number[] = [];
  const enforced: number[] = [];
  for (let change = 0; change < changes; change++) {
    await mesh.agent.intention(SOURCE, DESTINATION, "allow");
    const open = await Promise.all(gateways.map((gateway) => openThrough(gateway, DESTINATION, client)));
    const cutOff = Promise.all(open.map(async ({ ended }) => ended.then(() => performance.now())));
    const startedMs = performance.now();
    await mesh.agent.intention(SOURCE, DESTINATION, "deny");
    const acknowledgedMs = performance.now();
    written.push(acknowledgedMs - startedMs);
    enforced.push(Math.max(...(await cutOff)) - acknowledgedMs);
    for (const conversation of open) conversation[Symbol.dispose]();
  }
  return {
    title: `An intention enforced by ${count} gateways, ${changes} times`,
    of: "from the acknowledgement to the last gateway",
    columns: [
      { heading: "ms p50", decimals: 1, plotted: true },
      { heading: "p99", decimals: 1, plotted: true },
      { heading: "most", decimals: 1 },
      { heading: "written after ms p50", decimals: 1, plotted: true },
    ],
    rows: [
      {
        name: "open connection cut off",
        values: [quantile(enforced, 0.5), quantile(enforced, 0.99), quantile(enforced, 1), quantile(written, 0.5)],
      },
    ],
  };
}
