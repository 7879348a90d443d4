import {
  type Conversation,
  dialMesh,
  type Mesh,
  type MeshIdentity,
  type MeshTrust,
  startMesh,
  type TerminatingGateway,
} from "@causeway/e2e";
import { eventually, startTcpEcho } from "@causeway/testkit";
import type { Part } from "../part.ts";
import { quantile } from "../statistics.ts";
import type { Table } from "../table.ts";

/** An intention is changed so often; each time so many gateways must enforce it. */
export type IntentionLoad = { readonly changes: number; readonly gateways: number };

const LOADS = { full: { changes: 150, gateways: 2 }, small: { changes: 5, gateways: 2 } } as const;

const SOURCE = "web";
const DESTINATION = "measured";

/** From an intention that is written to connections that are cut off. */
export const intentions: Part = {
  name: "intentions",
  summary: "how long after the acknowledgement of an intention the last gateway has enforced it",
  async run({ scale, say }) {
    say("starting a mesh with terminating gateways");
    await using mesh = await startMesh();
    return [await measureIntentions(mesh, LOADS[scale])];
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
    const open = await Promise.all(gateways.map((gateway) => openThrough(gateway, client)));
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
      { heading: "ms p50", decimals: 1 },
      { heading: "p99", decimals: 1 },
      { heading: "most", decimals: 1 },
      { heading: "written after ms p50", decimals: 1 },
    ],
    rows: [
      {
        name: "open connection cut off",
        values: [quantile(enforced, 0.5), quantile(enforced, 0.99), quantile(enforced, 1), quantile(written, 0.5)],
      },
    ],
  };
}

/** A connection through the gateway that has carried bytes both ways; tried until the gateway lets it in. */
function openThrough(
  gateway: TerminatingGateway,
  client: { readonly identity: MeshIdentity; readonly trust: MeshTrust },
): Promise<Conversation> {
  return eventually(async () => {
    const conversation = dialMesh({ port: gateway.port, service: DESTINATION, ...client });
    try {
      await conversation.echo("x");
      return conversation;
    } catch (error) {
      conversation[Symbol.dispose]();
      throw error;
    }
  });
}
