export { Authorizer, type Permission } from "./acl/authorizer.ts";
export { type AclChange, AclDirectory, type DirectoryOptions, hasExpired, type Resolved } from "./acl/directory.ts";
export { nodeIdentityRules, serviceIdentityRules } from "./acl/identities.ts";
export { parseRules, RulesError } from "./acl/parse-rules.ts";
export type { Access, Resource, Rule } from "./acl/rule.ts";
export { type DecidedBy, type Decision, decide, describeDecision, type Question } from "./decide.ts";
