import { freePort } from "@causeway/testkit";
import { writeCertificates } from "./certificates.ts";
import {
  type DemoUpstream,
  externalNode,
  externalRegistration,
  type GatewayMode,
  gatewayFile,
  type MeshService,
  serviceFile,
  upstreamKey,
} from "./definitions.ts";
import { type DemoGateway, startMeshGateway, startTerminatingGateway } from "./gateways.ts";
import { OPERATOR, registrarOf, sidecarOf } from "./privileges.ts";
import type { Site } from "./site.ts";

/** An application of the first datacenter, with its sidecar. */
export type Caller = {
  readonly name: string;
  /** Where it asks by its own token. */
  readonly site: Site;
  /** Of the application, which calls an upstream when it is asked for `/<upstream>/…`. */
  readonly url: string;
  /** Local port of each upstream, by `upstreamKey`. */
  readonly ports: ReadonlyMap<string, number>;
  /** Registers it again, with this mode for all upstreams in other datacenters. */
  setMode(mode: GatewayMode): Promise<void>;
};

/** What runs in the first datacenter. */
export type FirstDatacenter = {
  /** Where config entries and intentions are written. */
  readonly operator: Site;
  readonly web: Caller;
  readonly report: Caller;
  readonly gateway: DemoGateway;
  /** There where there are other datacenters. */
  readonly meshGateway: DemoGateway | undefined;
};

/** A name that an application calls. */
type Wish = Pick<DemoUpstream, "destination" | "elsewhere">;

/**
 * Starts two external services, two services with sidecars and a terminating gateway, links them and says who may call whom. With `others`
 * come a mesh gateway, and upstreams in those datacenters.
 */
export async function startFirstDatacenter(site: Site, others: readonly string[]): Promise<FirstDatacenter> {
  const files = await writeCertificates(site.folder);
  const [billing, database] = await Promise.all([
    site.program("billing", "external-https.ts", [files.ca, files.serverCert, files.serverKey]),
    site.program("legacy-db", "external-tcp.ts", []),
  ]);
  const external = ["billing", "legacy-db"];
  const outside = external.map((destination) => ({ destination }));
  const [operator, registrar] = await Promise.all([site.as(OPERATOR), site.as(registrarOf(external, externalNode))]);
  const [web, report] = await Promise.all([
    startApplication(site, "web", [
      ...outside,
      ...others.flatMap((other) => [at(other, "api"), at(other, "orders-db")]),
    ]),
    startApplication(site, "report", [...outside, ...others.map((other) => at(other, "orders-db"))]),
  ]);

  await registrar.put("/v1/catalog/register", externalRegistration("billing", "127.0.0.1", billing));
  await registrar.put("/v1/catalog/register", externalRegistration("legacy-db", "localhost", database));
  await operator.causeway("config", "write", await site.file("gateway.hcl", gatewayFile("demo-gateway", files)));
  await operator.causeway("intention", "create", "-replace", "-deny", "*", "*");
  const reachable = [...external, ...(others.length === 0 ? [] : ["api", "orders-db"])];
  for (const service of reachable) await operator.causeway("intention", "create", "-replace", "-allow", "web", service);
  for (const { setMode } of [web, report]) await setMode("local");
  const [gateway, meshGateway] = await Promise.all([
    startTerminatingGateway(site, "demo-gateway", external),
    others.length === 0 ? undefined : startMeshGateway(site),
    ...[web, report].map(({ name, site: own }) => own.proxy(`${name}-sidecar-proxy`, "proxy", "-sidecar-for", name)),
  ]);
  return { operator, web, report, gateway, meshGateway };
}

function at(datacenter: string, destination: string): Wish {
  return { destination, elsewhere: { datacenter, mode: "local" } };
}

async function startApplication(site: Site, name: string, wishes: readonly Wish[]): Promise<Caller> {
  const upstreams = await Promise.all(wishes.map(async (wish) => ({ ...wish, localPort: await freePort() })));
  const ports = new Map(upstreams.map((upstream) => [upstreamKey(upstream), upstream.localPort]));
  const greeting = `${name} in ${site.datacenter}`;
  const port = await site.program(name, "app.ts", [greeting, JSON.stringify(Object.fromEntries(ports))]);
  const own = await site.as(sidecarOf(name));
  const service: MeshService = { name, port, sidecarPort: await freePort(), upstreams };
  const setMode = async (mode: GatewayMode) => {
    const definition = serviceFile({ ...service, upstreams: upstreams.map((upstream) => inMode(upstream, mode)) });
    await own.causeway("services", "register", await site.file(`${name}.hcl`, definition));
  };
  return { name, site: own, url: `http://127.0.0.1:${port}`, ports, setMode };
}

function inMode(upstream: DemoUpstream, mode: GatewayMode): DemoUpstream {
  return upstream.elsewhere === undefined ? upstream : { ...upstream, elsewhere: { ...upstream.elsewhere, mode } };
}
