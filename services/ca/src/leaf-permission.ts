import { type AclCheck, type Authorizer, Refusal } from "@causeway/bus";
import type { LeafIdentity } from "@causeway/pki";

type Permission = Parameters<Authorizer["may"]>[0];

/**
 * Rejects with Consul's refusal of whoever may not have a leaf of this identity: that of a service is for whoever may write the service,
 * that of an agent for whoever may write its node. `secret` is that of the token they show.
 */
export async function requireLeaf(check: AclCheck, secret: string | undefined, identity: LeafIdentity): Promise<void> {
  const [permission, name] = neededFor(identity);
  const problem = await check(secret, (authorizer) => {
    if (authorizer.may(permission, name)) return undefined;
    return `Permission denied: Missing ${permission}${name === "" ? "" : ` on ${name}`}`;
  });
  if (problem !== undefined) throw new Refusal(403, problem);
}

/** What an identity stands for: the privilege on it, and its name. */
function neededFor(identity: LeafIdentity): readonly [permission: Permission, name: string] {
  switch (identity.kind) {
    case "service":
      return ["service:write", identity.service];
    case "agent":
      return ["node:write", identity.node];
    case "mesh-gateway":
      return ["mesh:write", ""];
  }
}
