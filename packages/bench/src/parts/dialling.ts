import { LOOPBACK, type Mesh, type Sidecar, startMesh } from "@causeway/e2e";
import { eventually } from "@causeway/testkit";
import { haproxyDialling } from "../data-plane/haproxy.ts";
import { measure, VOLUMES } from "../data-plane/measure.ts";
import { startSurroundings } from "../data-plane/surroundings.ts";
import { PING } from "../load/messages.ts";
import { openerOf } from "../load/open-connection.ts";
import type { Part } from "../part.ts";

const SERVICE = "measured";

/** As many begin at once, and whoever dials does not wait for ever until the far side has shaken hands with all of them. */
const IDLE = 100;

/** An application's connection has no hello: its first bytes are the backend's. */
const greeting = { kind: "hello", hello: PING.toString("base64") } as const;

/**
 * What a sidecar dials beside HAProxy: plain TCP comes in, mutual TLS goes out to one sidecar that is the same for all. nginx is not
 * among them, since it verifies no chain without a name, and services of the mesh have none.
 */
export const dialling: Part = {
  name: "dialling",
  summary: "a sidecar that dials beside HAProxy: plain TCP in, mutual TLS out",
  async run(options) {
    const { scale, say } = options;
    await using mesh = await startMesh();
    await using surroundings = await startSurroundings(say);
    await using farSide = await mesh.startSidecar(SERVICE, { port: surroundings.backendPort });
    await using native = await startSidecar(mesh, "splice");
    await using streamed = await startSidecar(mesh, "stream");
    const [client, trust] = await Promise.all([mesh.identity("web"), mesh.trust()]);
    const of = { ...client, ca: trust.rootsPem, port: farSide.port };
    const peers = await surroundings.start([
      haproxyDialling({ ...of, sessions: "resumed" }),
      haproxyDialling({ ...of, sessions: "none" }),
    ]);
    for (const sidecar of [native, streamed]) {
      const port = sidecar.upstream(SERVICE);
      await eventually(async () => (await openerOf({ port, greeting })()).reset());
    }
    return await measure({
      title: "Dialling by mutual TLS",
      connectionHeading: "CPU µs/connection",
      contestants: [
        { name: "Causeway, splice", port: native.upstream(SERVICE), pid: native.program.pid },
        { name: "Causeway, stream", port: streamed.upstream(SERVICE), pid: streamed.program.pid },
        ...peers,
      ],
      greeting,
      volume: { ...VOLUMES.termination[scale], idle: IDLE },
      options,
    });
  },
};

/** A sidecar whose upstream is dialled by this engine. */
function startSidecar(mesh: Mesh, engine: "splice" | "stream"): Promise<Sidecar> {
  const place = { ...LOOPBACK, within: ["env", `CAUSEWAY_ENGINE=${engine}`] };
  return mesh.startSidecar(`${engine}-web`, { upstreams: [SERVICE], place });
}
