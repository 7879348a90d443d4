import type { Rule } from "./rule.ts";

/**
 * What a service identity grants: to register the service and its sidecar, and to find others.
 *
 * @see https://developer.hashicorp.com/consul/docs/security/acl/acl-roles#service-identities
 */
export function serviceIdentityRules(service: string): readonly Rule[] {
  return [
    { resource: "service", name: service, prefix: false, access: "write" },
    { resource: "service", name: `${service}-sidecar-proxy`, prefix: false, access: "write" },
    { resource: "service", name: "", prefix: true, access: "read" },
    { resource: "node", name: "", prefix: true, access: "read" },
  ];
}

/**
 * What a node identity grants: to register the node, and to read which services there are.
 *
 * @see https://developer.hashicorp.com/consul/docs/security/acl/acl-roles#node-identities
 */
export function nodeIdentityRules(node: string): readonly Rule[] {
  return [
    { resource: "node", name: node, prefix: false, access: "write" },
    { resource: "service", name: "", prefix: true, access: "read" },
  ];
}
