import type { AgentClient } from "./agent-client.ts";
import { CommandError } from "./errors.ts";

/** The flags that say which proxy is meant. */
export type ProxyIdFlags = { readonly sidecarFor?: string; readonly proxyId?: string };

/**
 * The ID of the proxy that `-proxy-id`, `-sidecar-for`, CONNECT_PROXY_ID or CONNECT_SIDECAR_FOR name, in this order. Throws a
 * CommandError when none of them does, or when a service has no sidecar or several.
 */
export async function proxyIdOf(
  { proxyId, sidecarFor }: ProxyIdFlags,
  agent: Pick<AgentClient, "sidecarOf">,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const known = proxyId ?? (sidecarFor === undefined ? env["CONNECT_PROXY_ID"] : undefined);
  if (known !== undefined) return known;
  const service = sidecarFor ?? env["CONNECT_SIDECAR_FOR"];
  if (service === undefined) {
    throw new CommandError("No proxy ID specified. One of -proxy-id or -sidecar-for is required");
  }
  return agent.sidecarOf(service);
}
