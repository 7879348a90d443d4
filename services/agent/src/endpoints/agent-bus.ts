import type { AgentContext } from "../context.ts";
import { type Endpoint, json } from "../http/endpoint.ts";

/** Where this agent's bus is: what the CLI starts gateways with. Not Consul's; credentials are never told. */
export function agentBusEndpoints({ config }: Pick<AgentContext, "config">): readonly Endpoint[] {
  const { datacenter: Datacenter, primaryDatacenter: PrimaryDatacenter = Datacenter, nodeName: Node } = config;
  const Servers = config.natsUrl.split(",").map(withoutCredentials);
  const told = { Datacenter, PrimaryDatacenter, Node, Servers };
  return [{ path: "/v1/agent/bus", methods: { GET: () => json(told) } }];
}

/** A server's URL without the user and the password that may stand in it. */
export function withoutCredentials(url: string): string {
  return url.trim().replace(/^([a-z]+:\/\/)?[^/]*@/i, "$1");
}
