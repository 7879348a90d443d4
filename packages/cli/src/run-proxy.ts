import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { AgentClient } from "./agent-client.ts";
import type { Context } from "./context.ts";
import { seedVariables } from "./dev/bus-access.ts";
import { CommandError } from "./errors.ts";

/** Where each kind of proxy's program is. */
const PROGRAMS = {
  "connect-proxy": "@causeway/sidecar-proxy/main",
  "mesh-gateway": "@causeway/mesh-gateway/main",
  "terminating-gateway": "@causeway/terminating-gateway/main",
  "ingress-gateway": "@causeway/ingress-gateway/main",
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
  /** Where the seeds of this machine's services are, if NATS asks for some. */
  readonly Folder?: string;
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
    ...(await credentials(kind, bus, context.env)),
    CAUSEWAY_DATACENTER: bus.Datacenter,
    CAUSEWAY_PRIMARY_DATACENTER: bus.PrimaryDatacenter,
    CAUSEWAY_NODE_NAME: bus.Node,
    CAUSEWAY_SERVICE: registration.Service,
    CAUSEWAY_PROXY_ID: proxyId,
    ...(token === undefined ? {} : { CAUSEWAY_ACL_TOKEN: token }),
    ...adminVariables(adminBind),
    ...agentVariables(agent, context),
  };
  const program = fileURLToPath(import.meta.resolve(PROGRAMS[kind]));
  if (process.execve === undefined)
    throw new CommandError("this platform cannot replace a process: run the program itself");
  return process.execve(process.execPath, [process.execPath, program], definedOnly(env));
}

/** By what the proxy is known to NATS: as its environment says, or by the seed of its kind beside the agent's. */
async function credentials(
  kind: ProxyRequest["kind"],
  { Folder }: BusFacts,
  env: Context["env"],
): Promise<Record<string, string>> {
  const given = ["CAUSEWAY_NATS_NKEY_FILE", "CAUSEWAY_NATS_CREDENTIALS_FILE", "CAUSEWAY_NATS_USER"];
  const folder = env["CAUSEWAY_NATS_DIR"] || Folder;
  if (folder === undefined || given.some((variable) => env[variable])) return {};
  const role = kind === "connect-proxy" ? "sidecar-proxy" : kind;
  const { CAUSEWAY_NATS_CA_FILE = "", CAUSEWAY_NATS_NKEY_FILE = "" } = seedVariables(folder, role);
  try {
    await access(CAUSEWAY_NATS_NKEY_FILE, constants.R_OK);
  } catch (cause) {
    throw new CommandError(
      `NATS asks for credentials, and ${CAUSEWAY_NATS_NKEY_FILE} cannot be read: set CAUSEWAY_NATS_NKEY_FILE to the seed of ${role}, or run this as the user of the agent`,
      1,
      { cause },
    );
  }
  return { CAUSEWAY_NATS_NKEY_FILE, CAUSEWAY_NATS_CA_FILE: env["CAUSEWAY_NATS_CA_FILE"] || CAUSEWAY_NATS_CA_FILE };
}

/** By what the proxy reaches its agent when it ends, to be advertised no more. */
function agentVariables(agent: AgentClient, context: Context): Record<string, string | undefined> {
  const { url, socketPath, name, auth, tls } = agent.connection;
  if (auth !== undefined || !tls.verify || tls.caPath !== undefined) {
    context.err(
      "This proxy will still be advertised when it stops: it can use no -ca-path, password or unchecked TLS of an agent",
    );
    return {};
  }
  return {
    CAUSEWAY_AGENT_URL: socketPath === undefined ? url.origin : name,
    CAUSEWAY_AGENT_CA_FILE: tls.caFile,
    CAUSEWAY_AGENT_CERT_FILE: tls.certFile,
    CAUSEWAY_AGENT_KEY_FILE: tls.keyFile,
    CAUSEWAY_AGENT_SERVER_NAME: tls.serverName,
  };
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
