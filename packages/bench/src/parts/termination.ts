import { LOOPBACK, type Mesh, startMesh, type TerminatingGateway } from "@causeway/e2e";
import { serviceServerName } from "@causeway/model";
import { eventually } from "@causeway/testkit";
import { haproxyTermination } from "../data-plane/haproxy.ts";
import { measure, VOLUMES } from "../data-plane/measure.ts";
import { nginxTermination } from "../data-plane/nginx.ts";
import { startSurroundings } from "../data-plane/surroundings.ts";
import { GROUPS } from "../load/load.ts";
import { PING } from "../load/messages.ts";
import { openerOf } from "../load/open-connection.ts";
import type { Part } from "../part.ts";

const SERVICE = "measured";

/** What a connection begins with that goes to the backend itself, which takes the first bytes for a hello, whatever they are. */
const PLAIN = { kind: "hello", hello: PING.toString("base64") } as const;

/** A terminating gateway beside its peers: mutual TLS comes in, plain TCP goes out; certificates are the same for all. */
export const termination: Part = {
  name: "termination",
  summary: "a terminating gateway beside HAProxy and nginx: mutual TLS in, plain TCP out",
  async run(options) {
    const { scale, say } = options;
    await using mesh = await startMesh();
    await using surroundings = await startSurroundings(say);
    const { backendPort } = surroundings;
    await mesh.agent.registerExternal({ service: SERVICE, port: backendPort });
    await using native = await startGateway(mesh, "splice");
    await using streamed = await startGateway(mesh, "stream");
    const [client, server, trust] = await Promise.all([mesh.identity("web"), mesh.identity(SERVICE), mesh.trust()]);
    const ca = trust.rootsPem;
    const peers = await surroundings.start([
      haproxyTermination({ ...server, ca }),
      nginxTermination({ ...server, ca }),
    ]);
    const serverName = serviceServerName({ service: SERVICE, datacenter: "dc1", trustDomain: trust.trustDomain });
    const greeting = { kind: "mutual-tls", ...client, ca, serverName, groups: GROUPS.common } as const;
    for (const { port } of [native, streamed]) {
      await eventually(async () => (await openerOf({ port, greeting })()).reset());
    }
    return await measure({
      title: "Mutual TLS termination",
      connectionHeading: "CPU µs/handshake",
      contestants: [
        { name: "none, and no TLS", port: backendPort, pid: undefined, greeting: PLAIN },
        { name: "Causeway, splice", port: native.port, pid: native.program.pid },
        { name: "Causeway, stream", port: streamed.port, pid: streamed.program.pid },
        ...peers,
      ],
      greeting,
      volume: VOLUMES.termination[scale],
      options,
    });
  },
};

/** A terminating gateway whose connections are taken in by this engine. */
async function startGateway(mesh: Mesh, engine: "splice" | "stream"): Promise<TerminatingGateway> {
  const place = { ...LOOPBACK, within: ["env", `CAUSEWAY_ENGINE=${engine}`] };
  const gateway = await mesh.startTerminatingGateway(`${engine}-gateway`, { place });
  await gateway.link({ Name: SERVICE });
  return gateway;
}
