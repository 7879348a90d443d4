import type { AgentApi } from "./agent-api.ts";

/** A token that may do what one policy of its own says. */
export type Grant = {
  /** The token's secret. */
  readonly secret: string;
  readonly accessorId: string;
  /** Puts other rules in the place of those that it has. */
  change(rules: string): Promise<void>;
};

/** What a token can be made with besides rules. */
export type GrantOptions = {
  /** Service that it is an identity of. */
  readonly identity?: string;
  /** How long it lasts, as "1m". */
  readonly lasting?: string;
};

type Policy = { readonly ID: string };
type Token = { readonly AccessorID: string; readonly SecretID: string };

/** Makes a token with these rules, under a name that no policy has yet; `agent` asks by a token that may write ACLs. */
export async function grant(
  agent: AgentApi,
  Name: string,
  rules: string,
  { identity, lasting }: GrantOptions = {},
): Promise<Grant> {
  const { ID } = await agent.put<Policy>("/v1/acl/policy", { Name, Rules: rules });
  const token = await agent.put<Token>("/v1/acl/token", {
    Policies: [{ ID }],
    ServiceIdentities: identity === undefined ? [] : [{ ServiceName: identity }],
    ExpirationTTL: lasting ?? "",
  });
  const change = (Rules: string) => agent.put<void>(`/v1/acl/policy/${ID}`, { ID, Name, Rules });
  return { secret: token.SecretID, accessorId: token.AccessorID, change };
}
