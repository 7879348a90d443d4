import { CommandError } from "../errors.ts";

/** How a datacenter's ACLs are set up; without it they are off. */
export type AclOptions = {
  /** What holds where no rule does. */
  readonly defaultPolicy: "allow" | "deny";
  /** Secret of a management token that is there from the start; without it the first one is made by `acl bootstrap`. */
  readonly initialManagementToken: string | undefined;
};

/** The flags of `causeway dev` that are about ACLs, as they were given. */
export type AclFlags = {
  readonly acl?: boolean;
  readonly aclDefaultPolicy?: string;
  readonly aclInitialManagementToken?: string;
};

/**
 * Reads whether ACLs are wanted, and which; `unlessTold` is their default policy. Throws a CommandError for a policy that there is not, or
 * for one that would change nothing.
 */
export function aclOptions(
  { acl = false, aclDefaultPolicy, aclInitialManagementToken: initialManagementToken }: AclFlags,
  unlessTold: AclOptions["defaultPolicy"],
): AclOptions | undefined {
  const defaultPolicy = aclDefaultPolicy ?? unlessTold;
  if (defaultPolicy !== "allow" && defaultPolicy !== "deny") {
    throw new CommandError(`--acl-default-policy must be allow or deny, not "${defaultPolicy}"`);
  }
  if (acl) return { defaultPolicy, initialManagementToken };
  if (aclDefaultPolicy === undefined && initialManagementToken === undefined) return undefined;
  throw new CommandError("ACLs are off: give --acl beside --acl-default-policy and --acl-initial-management-token");
}

/** What every service is told of the ACLs. The management token is for the owner alone, and is not in it. */
export function aclVariables(acl: AclOptions | undefined): Record<string, string> {
  if (acl === undefined) return {};
  return {
    CAUSEWAY_ACL_ENABLED: "true",
    CAUSEWAY_ACL_DEFAULT_POLICY: acl.defaultPolicy,
    // Where no intention holds, the policy of the ACLs does, as in Consul.
    CAUSEWAY_DEFAULT_POLICY: acl.defaultPolicy,
  };
}
