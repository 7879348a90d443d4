import { dirname, resolve } from "node:path";
import type { AgentContext } from "../context.ts";
import { type Endpoint, json } from "../http/endpoint.ts";

/**
 * Where this agent's bus is: what the CLI starts gateways with. Not Consul's; credentials are never told, but `Folder` is where those of
 * this machine are, for whoever may read them there.
 */
export function agentBusEndpoints({ config }: Pick<AgentContext, "config">): readonly Endpoint[] {
  const { datacenter: Datacenter, primaryDatacenter: PrimaryDatacenter = Datacenter, nodeName: Node } = config;
  const Servers = config.natsUrl.split(",").map(withoutCredentials);
  const { natsNkeyFile } = config;
  const where = natsNkeyFile === undefined ? {} : { Folder: dirname(resolve(natsNkeyFile)) };
  const told = { Datacenter, PrimaryDatacenter, Node, Servers, ...where };
  return [{ path: "/v1/agent/bus", methods: { GET: () => json(told) } }];
}

/** A server's URL without the user and the password that may stand in it. */
export function withoutCredentials(url: string): string {
  return url.trim().replace(/^([a-z]+:\/\/)?[^/]*@/i, "$1");
}
