import { type Mesh, startMesh, type TerminatingGateway } from "@causeway/e2e";
import { startTcpEcho } from "@causeway/testkit";
import { type CutOff, cutOffBy, latencyTable } from "../cut-off.ts";
import type { Part } from "../part.ts";
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

  const cuts: CutOff[] = [];
  for (let change = 0; change < changes; change++) {
    await mesh.agent.intention(SOURCE, DESTINATION, "allow");
    const deny = () => mesh.agent.intention(SOURCE, DESTINATION, "deny");
    cuts.push(await cutOffBy(deny, gateways, DESTINATION, client));
  }
  const names = {
    title: `An intention enforced by ${count} gateways, ${changes} times`,
    of: "from the acknowledgement to the last gateway",
    row: "open connection cut off",
    beside: "written after ms p50",
  };
  return latencyTable(
    names,
    cuts.map(({ cutOffMs, acknowledgedMs }) => cutOffMs - acknowledgedMs),
    cuts.map(({ acknowledgedMs }) => acknowledgedMs),
  );
}
