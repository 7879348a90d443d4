import type { Mesh, TerminatingGateway } from "@causeway/e2e";
import { startTcpEcho } from "@causeway/testkit";
import { type CutOff, cutOffBy, latencyTable } from "../cut-off.ts";
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

  const cuts: CutOff[] = [];
  for (let change = 0; change < changes; change++) {
    await write([{ Name: SERVICE }]);
    cuts.push(await cutOffBy(() => write([]), replicas, SERVICE, client));
  }
  const names = {
    title: `A config entry applied by ${count} gateways, ${changes} times`,
    of: "from the write to the last gateway",
    row: "link taken away",
    beside: "acknowledged after ms p50",
  };
  return latencyTable(
    names,
    cuts.map(({ cutOffMs }) => cutOffMs),
    cuts.map(({ acknowledgedMs }) => acknowledgedMs),
  );
}
