import { fileURLToPath } from "node:url";
import type { AgentClient } from "./agent-client.ts";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";

/** Where each kind of proxy's program is. */
const PROGRAMS = {
  "connect-proxy": "@causeway/sidecar-proxy/main",
  "mesh-gateway": "@causeway/mesh-gateway/main",
  "terminating-gateway": "@causeway/terminating-gateway/main",
} as const;

/** A proxy to run: what it is, and which registration it follows. */
export type ProxyRequest = {
  readonly kind: keyof typeof PROGRAMS;
  readonly proxyId: string;
  readonly adminBind?: string | undefined;
};

/** What the agent tells of the bus that its mesh lives on. */
type BusFacts = {
  readonly Datacenter: string;
  readonly PrimaryDatacenter: string;
  readonly Node: string;
  readonly Servers: readonly string[];
};

/**
 * Becomes the proxy: the program of this process is replaced, so that signals and the exit status are the proxy's own.
 *
 * The proxy learns from the agent where the bus is, unless CAUSEWAY_NATS_URL says so already; it asks for leaves with this command's token.
 */
export async function runProxy(
  { kind, proxyId, adminBind }: ProxyRequest,
  agent: AgentClient,
  context: Context,
): Promise<never> {
  const registration = (await agent.services()).find(({ ID }) => ID === proxyId);
  if (registration === undefined) {
    throw new CommandError(`No service with the ID "${proxyId}" is registered with this agent: register it first`);
  }
  const bus = await agent.json<BusFacts>("GET", "/v1/agent/bus");
  const token = await agent.token();
  const env = {
    ...context.env,
    CAUSEWAY_NATS_URL: context.env["CAUSEWAY_NATS_URL"] ?? bus.Servers.join(","),
    CAUSEWAY_DATACENTER: bus.Datacenter,
    CAUSEWAY_PRIMARY_DATACENTER: bus.PrimaryDatacenter,
    CAUSEWAY_NODE_NAME: bus.Node,
    CAUSEWAY_SERVICE: registration.Service,
    CAUSEWAY_PROXY_ID: proxyId,
    ...(token === undefined ? {} : { CAUSEWAY_ACL_TOKEN: token }),
    ...adminVariables(adminBind),
  };
  const program = fileURLToPath(import.meta.resolve(PROGRAMS[kind]));
  if (process.execve === undefined)
    throw new CommandError("this platform cannot replace a process: run the program itself");
  return process.execve(process.execPath, [process.execPath, program], definedOnly(env));
}

function adminVariables(adminBind: string | undefined): Record<string, string> {
  if (adminBind === undefined) return {};
  const at = adminBind.lastIndexOf(":");
  if (at === -1) throw new CommandError(`-admin-bind must be address:port, not "${adminBind}"`);
  const address = adminBind.slice(0, at);
  return {
    CAUSEWAY_ADMIN_ADDRESS: address === "localhost" ? "127.0.0.1" : address,
    CAUSEWAY_ADMIN_PORT: adminBind.slice(at + 1),
  };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
