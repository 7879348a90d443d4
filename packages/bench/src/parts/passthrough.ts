import { LOOPBACK, type Mesh, type MeshGateway, startMesh } from "@causeway/e2e";
import { serviceServerName } from "@causeway/model";
import { captureClientHello } from "@causeway/testkit";
import { haproxyLogging, haproxyPassthrough } from "../data-plane/haproxy.ts";
import { measure, VOLUMES } from "../data-plane/measure.ts";
import { nginxPassthrough } from "../data-plane/nginx.ts";
import { startSurroundings } from "../data-plane/surroundings.ts";
import type { Part } from "../part.ts";

const SERVICE = "measured";

/** A mesh gateway beside its peers: the server name is read, and the bytes are passed on as they are. */
export const passthrough: Part = {
  name: "passthrough",
  summary: "a mesh gateway beside HAProxy and nginx: passthrough by server name",
  async run(options) {
    const { scale, say } = options;
    await using mesh = await startMesh();
    await using surroundings = await startSurroundings(say);
    const { backendPort } = surroundings;
    await mesh.agent.put("/v1/catalog/register", {
      Node: "measured",
      Address: "127.0.0.1",
      Service: { Service: SERVICE, Port: backendPort, Connect: { Native: true } },
    });
    await using spliced = await startGateway(mesh, "logging", "CAUSEWAY_ENGINE=splice");
    await using quiet = await startGateway(mesh, "quiet", "CAUSEWAY_ENGINE=splice", "CAUSEWAY_LOG_LEVEL=warn");
    await using streamed = await startGateway(mesh, "streaming", "CAUSEWAY_ENGINE=stream");
    const peers = await surroundings.start([haproxyPassthrough, haproxyLogging, nginxPassthrough]);
    const { trustDomain } = await mesh.trust();
    const hello = await captureClientHello(serviceServerName({ service: SERVICE, datacenter: "dc1", trustDomain }));
    return await measure({
      title: "SNI passthrough",
      connectionHeading: "CPU µs/connection",
      contestants: [
        { name: "none", port: backendPort, pid: undefined },
        { name: "Causeway, splice", port: spliced.port, pid: spliced.program.pid },
        { name: "Causeway, splice, not logging", port: quiet.port, pid: quiet.program.pid },
        { name: "Causeway, stream", port: streamed.port, pid: streamed.program.pid },
        ...peers,
      ],
      greeting: { kind: "hello", hello: hello.toString("base64") },
      volume: VOLUMES.passthrough[scale],
      options,
    });
  },
};

/** A mesh gateway with these variables, or else the reason why its engine does not work on this machine. */
function startGateway(mesh: Mesh, name: string, ...variables: readonly string[]): Promise<MeshGateway> {
  return mesh.startMeshGateway(name, { place: { ...LOOPBACK, within: ["env", ...variables] } });
}
