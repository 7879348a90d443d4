import { type Bus, Mirror, Refusal } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { LeafIdentity } from "@causeway/pki";
import { AclDirectory, type Permission } from "@causeway/policy";
import type { Clock, Readiness } from "@causeway/runtime";
import type { CaConfig } from "./config.ts";

/** Rejects with Consul's refusal of whoever may not have a leaf of this identity; `secret` is that of the token they show. */
export type LeafPermission = (secret: string, identity: LeafIdentity) => Promise<void>;

/** What holds where ACLs are not enabled. */
export const forEveryone: LeafPermission = async () => {};

/** What a permission is followed with. */
export type PermissionParts = {
  readonly bus: Bus;
  readonly config: Pick<CaConfig, "aclEnabled" | "aclDefaultPolicy">;
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly signal: AbortSignal;
};

/**
 * Begins to follow who may have leaves: that of a service is for whoever may write the service, that of an agent for whoever may write
 * its node.
 */
export function followLeafPermission({ bus, config, clock, readiness, signal }: PermissionParts): LeafPermission {
  if (!config.aclEnabled) return forEveryone;
  const directory = new AclDirectory({ datacenter: bus.datacenter, defaultPolicy: config.aclDefaultPolicy });
  const ready = readiness.task("acl");
  const mirror = Mirror.follow(bus, BUCKETS.acl, {}, signal, {
    changed: (change) => directory.apply(change),
    current: () => ready.done(),
  });
  const problem = (secret: string, identity: LeafIdentity): string | undefined => {
    const resolved = directory.resolve(secret, clock.now());
    if (resolved === undefined) return "ACL not found";
    const [permission, name] = neededFor(identity);
    if (resolved.authorizer.may(permission, name)) return undefined;
    return `Permission denied: Missing ${permission}${name === "" ? "" : ` on ${name}`}`;
  };
  return async (secret, identity) => {
    if (problem(secret, identity) === undefined) return;
    // The token may be one that was made a moment ago.
    await mirror.catchUp();
    const known = problem(secret, identity);
    if (known !== undefined) throw new Refusal(403, known);
  };
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
