import type { Guards } from "../guard.ts";
import { agentGuards } from "./agent.ts";
import { catalogGuards } from "./catalog.ts";
import { keyGuards } from "./keys.ts";
import { meshGuards } from "./mesh.ts";

/** The endpoints of ACLs guard themselves: whether a secret is shown depends on who asks. */
const ACL_PATHS = [
  "/v1/acl/bootstrap",
  "/v1/acl/login",
  "/v1/acl/logout",
  "/v1/acl/replication",
  "/v1/acl/policies",
  "/v1/acl/policy",
  "/v1/acl/policy/",
  "/v1/acl/policy/name/",
  "/v1/acl/roles",
  "/v1/acl/role",
  "/v1/acl/role/",
  "/v1/acl/role/name/",
  "/v1/acl/tokens",
  "/v1/acl/token",
  "/v1/acl/token/",
  "/v1/acl/token/self",
  "/v1/acl/auth-methods",
  "/v1/acl/auth-method",
  "/v1/acl/auth-method/",
  "/v1/acl/binding-rules",
  "/v1/acl/binding-rule",
  "/v1/acl/binding-rule/",
  "/v1/acl/rules/translate",
  "/v1/acl/rules/translate/",
  "/v1/acl/create",
  "/v1/acl/update",
  "/v1/acl/destroy/",
  "/v1/acl/info/",
  "/v1/acl/clone/",
  "/v1/acl/list",
  // Anybody may ask what they may do.
  "/v1/internal/acl/authorize",
];

/** What is asked of whoever uses an endpoint, for every endpoint that there is. */
export const GUARDS: Guards = {
  ...agentGuards,
  ...catalogGuards,
  ...keyGuards,
  ...meshGuards,
  ...Object.fromEntries(ACL_PATHS.map((path) => [path, "open" as const])),
};
