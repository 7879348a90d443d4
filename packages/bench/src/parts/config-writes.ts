import type { Mesh, TerminatingGateway } from "@causeway/e2e";
import { startTcpEcho } from "@causeway/testkit";
import { openThrough } from "../load/open-through.ts";
import { quantile } from "../statistics.ts";
import type { Table } from "../table.ts";

const GATEWAY = "replicated-gateway";
const SERVICE = "linked";

/** A config entry is written so often; each time so many replicas of its gateway must apply it. */
export type ConfigLoad = { readonly changes: number; readonly gateways: number };

/**
 * Opens a connection through each replica of a terminating gateway, writes its config entry without the service, and waits until the last
 * replica has cut off what leads there; then links it again. Time counts from when the write is sent.
 */
export async function measureConfigWrites(mesh: Mesh, { changes, gateways: count }: ConfigLoad): Promise<Table> {
  await using resources = new AsyncDisposableStack();
  const echo = resources.use(await startTcpEcho());
  await mesh.agent.registerExternal({ service: SERVICE, port: echo.port });
  const replicas: TerminatingGateway[] = [];
  for (let n = 0; n < count; n++) {
    replicas.push(resources.use(await mesh.startTerminatingGateway(GATEWAY, { id: `${GATEWAY}-${n}` })));
  }
  const client = { identity: await mesh.identity("caller"), trust: await mesh.trust() };
  const write = (Services: readonly { readonly Name: string }[]) =>
    mesh.agent.writeEntry({ Kind: "terminating-gateway", Name: GATEWAY, Services });

  const acknowledged: number[] = [];
  const applied: number[] = [];
  for (let change = 0; change < changes; change++) {
    await write([{ Name: SERVICE }]);
    const open = await Promise.all(replicas.map((replica) => openThrough(replica, SERVICE, client)));
    const cutOff = Promise.all(open.map(async ({ ended }) => ended.then(() => performance.now())));
    const startedMs = performance.now();
    await write([]);
    acknowledged.push(performance.now() - startedMs);
    applied.push(Math.max(...(await cutOff)) - startedMs);
    for (const conversation of open) conversation[Symbol.dispose]();
  }
  return {
    title: `A config entry applied by ${count} gateways, ${changes} times`,
    of: "from the write to the last gateway",
    columns: [
      { heading: "ms p50", decimals: 1, plotted: true },
      { heading: "p99", decimals: 1, plotted: true },
      { heading: "most", decimals: 1 },
      { heading: "acknowledged after ms p50", decimals: 1, plotted: true },
    ],
    rows: [
      {
        name: "link taken away",
        values: [quantile(applied, 0.5), quantile(applied, 0.99), quantile(applied, 1), quantile(acknowledged, 0.5)],
      },
    ],
  };
}
