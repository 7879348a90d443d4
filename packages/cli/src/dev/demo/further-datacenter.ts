import { freePort } from "@causeway/testkit";
import { externalNode, externalRegistration, plainGatewayFile, serviceFile } from "./definitions.ts";
import { type DemoGateway, startMeshGateway, startTerminatingGateway } from "./gateways.ts";
import { OPERATOR, registrarOf, sidecarOf } from "./privileges.ts";
import type { Site } from "./site.ts";

/** What runs in a datacenter that the first one calls. */
export type FurtherDatacenter = {
  readonly site: Site;
  readonly gateway: DemoGateway;
  readonly meshGateway: DemoGateway;
};

/** Starts a service with its sidecar, a database outside the mesh and the terminating gateway to it, and a mesh gateway before both. */
export async function startFurtherDatacenter(site: Site): Promise<FurtherDatacenter> {
  const [api, database, sidecarPort] = await Promise.all([
    site.program("api", "app.ts", [`api in ${site.datacenter}`]),
    site.program("orders-db", "external-tcp.ts", []),
    freePort(),
  ]);
  const name = `${site.datacenter}-gateway`;
  const external = ["orders-db"];
  const [operator, registrar, ofApi] = await Promise.all([
    site.as(OPERATOR),
    site.as(registrarOf(external, externalNode)),
    site.as(sidecarOf("api")),
  ]);
  await registrar.put("/v1/catalog/register", externalRegistration("orders-db", "localhost", database));
  await operator.causeway("config", "write", await site.file("gateway.hcl", plainGatewayFile(name, "orders-db")));
  const definition = serviceFile({ name: "api", port: api, sidecarPort, upstreams: [] });
  await ofApi.causeway("services", "register", await site.file("api.hcl", definition));
  const [meshGateway, gateway] = await Promise.all([
    startMeshGateway(site),
    startTerminatingGateway(site, name, external),
    ofApi.proxy("api-sidecar-proxy", "proxy", "-sidecar-for", "api"),
  ]);
  return { site, gateway, meshGateway };
}
