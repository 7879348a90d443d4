import { freePort } from "@causeway/testkit";
import { meshGatewayOf, terminatingGatewayOf } from "./privileges.ts";
import type { Site } from "./site.ts";

/** A gateway of the demo that runs. */
export type DemoGateway = {
  readonly kind: "mesh" | "terminating";
  readonly datacenter: string;
  /** In the catalog. */
  readonly name: string;
  /** URL of its admin port. */
  readonly admin: string;
};

/** Registers and runs a mesh gateway of a datacenter, with an address for its neighbours and one for other datacenters. */
export async function startMeshGateway(site: Site): Promise<DemoGateway> {
  const name = "mesh-gateway";
  const [lan, wan] = await Promise.all([freePort(), freePort()]);
  const addresses = ["-address", `127.0.0.1:${lan}`, "-wan-address", `127.0.0.1:${wan}`];
  const own = await site.as(meshGatewayOf(name));
  const admin = await own.proxy(name, "envoy", "-gateway=mesh", "-register", "-service", name, ...addresses);
  return { kind: "mesh", datacenter: site.datacenter, name, admin };
}

/**
 * Registers and runs a terminating gateway of a datacenter, which may stand for the `linked` services. Its config entry is everywhere, and
 * so its name must be its own.
 */
export async function startTerminatingGateway(
  site: Site,
  name: string,
  linked: readonly string[],
): Promise<DemoGateway> {
  const address = `127.0.0.1:${await freePort()}`;
  const flags = ["-gateway=terminating", "-register", "-service", name, "-address", address];
  const own = await site.as(terminatingGatewayOf(name, linked));
  const admin = await own.proxy(name, "gateway", ...flags);
  return { kind: "terminating", datacenter: site.datacenter, name, admin };
}

/** Why a gateway last turned away a connection of `source`, by its own record. */
export async function lastDenial({ admin, name }: DemoGateway, source: string): Promise<string> {
  type Refusal = { readonly source?: string; readonly reason?: string };
  const latestFirst = await page<readonly Refusal[]>(admin, "refusals");
  const found = latestFirst.find((refusal) => refusal.source === source);
  if (found?.reason === undefined) throw new Error(`${name} knows of no refusal of ${source}`);
  return found.reason;
}

/** Those gateways that carry a connection to a service of a datacenter now, by their own records: all see the server name that is asked for. */
export async function carriersOf(
  gateways: readonly DemoGateway[],
  service: string,
  datacenter: string,
): Promise<readonly DemoGateway[]> {
  type Open = { readonly serverName?: string };
  const carry = await Promise.all(
    gateways.map(async ({ admin }) => {
      const open = await page<readonly Open[]>(admin, "connections");
      return open.some(({ serverName }) => serverName?.startsWith(`${service}.default.${datacenter}.`));
    }),
  );
  return gateways.filter((_, at) => carry[at]);
}

/** Throws when a gateway holds a certificate by which it could take part in what it carries. */
export async function holdsNoCertificate({ admin, name, datacenter }: DemoGateway): Promise<void> {
  const leaves = await page<readonly unknown[]>(admin, "leaves");
  if (leaves.length > 0) throw new Error(`${name} of ${datacenter} holds ${leaves.length} certificates`);
}

async function page<T>(admin: string, name: string): Promise<T> {
  const response = await fetch(`${admin}/debug/${name}`);
  if (!response.ok) throw new Error(`${admin}/debug/${name} was answered with ${response.status}`);
  return (await response.json()) as T;
}
