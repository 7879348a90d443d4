import type { AclOptions } from "../dev/acl.ts";
import { CommandError } from "../errors.ts";
import type { AgentSettings } from "./settings.ts";

/** What of the ACLs only the agent is told. */
export type AclPlan = { readonly acl: AclOptions | undefined; readonly agent: Readonly<Record<string, string>> };

const DOWN_POLICIES = ["allow", "deny", "extend-cache", "async-cache"];

/** Reads the ACL settings, those of before Consul 1.4 too: naming `acl_datacenter` switched ACLs on then. */
export function aclPlan(settings: AgentSettings): AclPlan {
  const { acl = {}, acl_datacenter, acl_default_policy, acl_down_policy } = settings;
  const { acl_agent_token, acl_master_token, acl_token } = settings;
  const { tokens = {} } = acl;
  const enabled = acl.enabled ?? (acl_datacenter ?? "") !== "";
  if (!enabled) return { acl: undefined, agent: {} };
  const defaultPolicy = acl.default_policy ?? acl_default_policy ?? "allow";
  if (defaultPolicy !== "allow" && defaultPolicy !== "deny") {
    throw new CommandError(`acl.default_policy must be "allow" or "deny", not "${defaultPolicy}"`);
  }
  const downPolicy = acl.down_policy ?? acl_down_policy ?? "extend-cache";
  if (!DOWN_POLICIES.includes(downPolicy)) {
    throw new CommandError(`acl.down_policy must be one of ${DOWN_POLICIES.join(", ")}, not "${downPolicy}"`);
  }
  const initialManagementToken = tokens.initial_management ?? tokens.master ?? acl_master_token;
  const defaultToken = tokens.default ?? acl_token;
  const agentToken = tokens.agent ?? acl_agent_token;
  return {
    acl: { defaultPolicy, initialManagementToken: initialManagementToken || undefined },
    agent: {
      CAUSEWAY_ACL_DOWN_POLICY: downPolicy,
      ...(defaultToken ? { CAUSEWAY_ACL_DEFAULT_TOKEN: defaultToken } : {}),
      ...(agentToken ? { CAUSEWAY_ACL_AGENT_TOKEN: agentToken } : {}),
      ...(acl.enable_token_persistence === true ? { CAUSEWAY_ACL_ENABLE_TOKEN_PERSISTENCE: "true" } : {}),
    },
  };
}
