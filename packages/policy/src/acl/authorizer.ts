import { type Access, grants, type Resource, type Rule, stronger } from "./rule.ts";

/** What may be done to a resource; "key:list" is to see the names of keys. */
export type Permission = `${Resource}:read` | `${Resource}:write` | "key:list";

type Needed = Exclude<Access, "deny">;

/** Rules about one resource, merged: at most one for each name and each prefix. */
type Merged = { readonly exact: Map<string, Access>; readonly prefix: Map<string, Access> };

/** Resources that came later: where no rule speaks of them, what holds for the operator does. */
const SPOKEN_FOR: Partial<Record<Resource, Resource>> = { mesh: "operator", peering: "operator" };

/**
 * Says what somebody may do by the rules of all their policies together.
 *
 * A rule about exactly the name decides, or else that about the longest prefix of it, or else the default policy. Of several rules about
 * the same, deny holds, or else the one that grants most; so the order of policies never matters. The default policy never grants what
 * has to do with ACLs themselves.
 *
 * @see https://developer.hashicorp.com/consul/docs/security/acl/acl-rules
 */
export class Authorizer {
  readonly #rules = new Map<Resource, Merged>();
  readonly #defaultPolicy: "allow" | "deny";

  constructor(rules: readonly Rule[], defaultPolicy: "allow" | "deny") {
    this.#defaultPolicy = defaultPolicy;
    for (const rule of rules) this.#merge(rule);
    this.#deriveIntentions();
  }

  /** Whether the permission is granted on `name`; resources of which there is one have no name. */
  may(permission: Permission, name = ""): boolean {
    const { resource, needed } = partsOf(permission);
    // An intention for every destination bears on all of them.
    if (resource === "intention" && name === "*") {
      return needed === "read" ? this.mayAny(permission) : this.mayAll(permission);
    }
    const access = this.#access(resource, name) ?? this.#access(SPOKEN_FOR[resource], name);
    return access === undefined ? this.#byDefault(resource) : grants(access, needed);
  }

  /** Whether the permission is granted on some name at least. */
  mayAny(permission: Permission): boolean {
    const { resource, needed } = partsOf(permission);
    const rules = this.#rules.get(resource);
    const accesses = rules === undefined ? [] : [...rules.exact.values(), ...rules.prefix.values()];
    if (accesses.some((access) => grants(access, needed))) return true;
    return rules?.prefix.has("") !== true && this.#byDefault(resource);
  }

  /** Whether the permission is granted on every name that begins with `prefix`. */
  mayAll(permission: Permission, prefix = ""): boolean {
    const { resource, needed } = partsOf(permission);
    const rules = this.#rules.get(resource);
    if (rules === undefined) return this.#byDefault(resource);
    for (const named of [rules.exact, rules.prefix]) {
      for (const [name, access] of named) if (name.startsWith(prefix) && !grants(access, needed)) return false;
    }
    const around = longestPrefix(rules.prefix, prefix);
    return around === undefined ? this.#byDefault(resource) : grants(around, needed);
  }

  #access(resource: Resource | undefined, name: string): Access | undefined {
    const rules = resource && this.#rules.get(resource);
    return rules && (rules.exact.get(name) ?? longestPrefix(rules.prefix, name));
  }

  #byDefault(resource: Resource): boolean {
    return this.#defaultPolicy === "allow" && resource !== "acl";
  }

  #merge({ resource, name, prefix, access }: Rule): void {
    const named = this.#rulesOf(resource)[prefix ? "prefix" : "exact"];
    const other = named.get(name);
    named.set(name, other === undefined ? access : stronger(access, other));
  }

  /** A rule about a service that says nothing of intentions lets those be read who may read the service. */
  #deriveIntentions(): void {
    const services = this.#rules.get("service");
    if (services === undefined) return;
    const intentions = this.#rulesOf("intention");
    for (const kind of ["exact", "prefix"] as const) {
      for (const [name, access] of services[kind]) {
        if (!intentions[kind].has(name)) intentions[kind].set(name, access === "deny" ? "deny" : "read");
      }
    }
  }

  #rulesOf(resource: Resource): Merged {
    const rules = this.#rules.get(resource) ?? { exact: new Map(), prefix: new Map() };
    this.#rules.set(resource, rules);
    return rules;
  }
}

function partsOf(permission: Permission): { readonly resource: Resource; readonly needed: Needed } {
  const at = permission.indexOf(":");
  return { resource: permission.slice(0, at) as Resource, needed: permission.slice(at + 1) as Needed };
}

/** What the rule about the longest prefix of `name` grants. */
function longestPrefix(rules: ReadonlyMap<string, Access>, name: string): Access | undefined {
  for (let length = name.length; length >= 0; length--) {
    const access = rules.get(name.slice(0, length));
    if (access !== undefined) return access;
  }
  return undefined;
}
