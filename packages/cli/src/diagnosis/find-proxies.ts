import { CommandError } from "../errors.ts";
import type { Instance } from "./facts.ts";
import type { Reader } from "./reader.ts";
import { EXIT } from "./step.ts";

const NODE_HELP = "Give its name or ID: causeway catalog services lists what is registered.";

/**
 * The registered proxies that a name stands for: a gateway's or sidecar's own, that of the service a sidecar stands beside, or an ID at
 * this agent. Without a name, those that are registered with this agent. Throws a CommandError with status 2 when there are none.
 */
export async function findProxies(
  reader: Reader,
  name: string | undefined,
  dc: string | undefined,
): Promise<readonly Instance[]> {
  const candidates = name === undefined ? [await atThisAgent(reader)] : await named(reader, name, dc);
  const found = candidates.find(({ length }) => length > 0);
  if (found !== undefined) return found;
  const what = name === undefined ? "no proxy is registered with this agent" : `no proxy is registered as "${name}"`;
  throw new CommandError(`${what}, or the token may not see it. ${NODE_HELP}`, EXIT.cannotTell);
}

async function named(reader: Reader, name: string, dc: string | undefined): Promise<readonly (readonly Instance[])[]> {
  const path = encodeURIComponent(name);
  const [own, beside, here] = await Promise.all([
    list(reader, `/v1/health/service/${path}`, dc),
    list(reader, `/v1/health/connect/${path}`, dc),
    atThisAgent(reader),
  ]);
  return [
    own.filter(isProxy),
    beside.filter(({ Service }) => Service.Kind === "connect-proxy"),
    here.filter(({ Service }) => Service.ID === name),
  ];
}

type LocalService = { readonly ID: string; readonly Service: string; readonly Kind?: string };
type Self = { readonly Config: { readonly NodeName: string } };

async function atThisAgent(reader: Reader): Promise<readonly Instance[]> {
  const services = await reader.json<Readonly<Record<string, LocalService>>>("/v1/agent/services");
  const self = await reader.json<Self>("/v1/agent/self");
  if (services.kind === "unknown" || self.kind === "unknown") return [];
  const proxies = Object.values(services.value).filter(({ Kind }) => Kind);
  const names = [...new Set(proxies.map(({ Service }) => Service))];
  const all = await Promise.all(
    names.map((name) => list(reader, `/v1/health/service/${encodeURIComponent(name)}`, undefined)),
  );
  return all.flat().filter(({ Node }) => Node.Node === self.value.Config.NodeName);
}

async function list(reader: Reader, path: string, dc: string | undefined): Promise<readonly Instance[]> {
  const found = await reader.list<Instance>(path, { dc });
  return found.kind === "known" ? found.value : [];
}

function isProxy({ Service }: Instance): boolean {
  return ["connect-proxy", "mesh-gateway", "terminating-gateway", "ingress-gateway"].includes(Service.Kind ?? "");
}
