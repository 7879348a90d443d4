import { HclError, type HclObject, type HclValue, parseConfigText } from "@causeway/hcl";
import { quoted } from "@causeway/model";
import { ACCESSES, type Access, NAMED_RESOURCES, PLAIN_RESOURCES, type Resource, type Rule } from "./rule.ts";

/** Rules that cannot be read; the message begins with Consul's text. */
export class RulesError extends Error {
  override readonly name = "RulesError";
}

/**
 * Reads the rules of one policy, in HCL or JSON. Resources that are not known are skipped, as Consul skips them, so that a policy
 * written for a newer version can be kept.
 *
 * @throws RulesError
 * @see https://developer.hashicorp.com/consul/docs/security/acl/acl-rules
 */
export function parseRules(text: string): readonly Rule[] {
  const document = read(text);
  return [
    ...PLAIN_RESOURCES.flatMap((resource) => plainRules(resource, document[resource])),
    ...NAMED_RESOURCES.flatMap((resource) => [
      ...namedRules(resource, false, document[resource]),
      ...namedRules(resource, true, document[`${resource}_prefix`]),
    ]),
  ];
}

function read(text: string): HclObject {
  try {
    return parseConfigText(text);
  } catch (error) {
    if (error instanceof HclError) throw new RulesError(`Failed to parse ACL rules: ${error.message}`);
    throw error;
  }
}

function plainRules(resource: Resource, value: HclValue | undefined): Rule[] {
  if (value === undefined || value === null || value === "") return [];
  if (typeof value === "object") throw misplaced(resource, `${resource} = "read"`);
  const access = accessOf(String(value), false);
  if (access === undefined) throw new RulesError(`Invalid ${resource} policy: ${quoted(String(value))}`);
  return [{ resource, name: "", prefix: true, access }];
}

function namedRules(resource: (typeof NAMED_RESOURCES)[number], prefix: boolean, value: HclValue | undefined): Rule[] {
  const key = prefix ? `${resource}_prefix` : resource;
  return blocksOf(key, value).flatMap(({ name, body }) => {
    const policy = textOf(body["policy"]);
    const access = accessOf(policy, resource === "key");
    if (access === undefined) throw invalid(`${key} policy`, resource, name, policy);
    const rule = { resource, name, prefix, access };
    const intentions = textOf(body["intentions"]);
    if (resource !== "service" || intentions === "") return [rule];
    const ofIntentions = accessOf(intentions, false);
    if (ofIntentions === undefined) throw invalid(`${key} intentions policy`, resource, name, policy, intentions);
    return [rule, { resource: "intention", name, prefix, access: ofIntentions }];
  });
}

type Block = { readonly name: string; readonly body: HclObject };

/** `service "a" {…} service "b" {…}` is a list of objects with one name each; JSON has one object, or lists at either depth. */
function blocksOf(key: string, value: HclValue | undefined): Block[] {
  if (value === undefined || value === null) return [];
  return listOf(value).flatMap((named) => {
    if (!isObject(named)) throw misplaced(key, `${key} "web" { policy = "read" }`);
    return Object.entries(named).flatMap(([name, bodies]) =>
      listOf(bodies).map((body) => {
        if (!isObject(body)) throw misplaced(key, `${key} "web" { policy = "read" }`);
        return { name, body };
      }),
    );
  });
}

function listOf(value: HclValue): readonly HclValue[] {
  return Array.isArray(value) ? value : [value];
}

function isObject(value: HclValue): value is HclObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: HclValue | undefined): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}

function accessOf(text: string, mayList: boolean): Access | undefined {
  const access = ACCESSES.find((known) => known === text);
  return access === "list" && !mayList ? undefined : access;
}

function misplaced(key: string, example: string): RulesError {
  return new RulesError(`Failed to parse ACL rules: ${key} must be written as ${example}`);
}

/** The value as Go would print the rule that it stands in. */
function invalid(what: string, resource: string, name: string, policy: string, intentions?: string): RulesError {
  const type = `acl.${resource.charAt(0).toUpperCase()}${resource.slice(1)}Rule`;
  const more = intentions === undefined ? "" : `, Intentions:${quoted(intentions)}`;
  return new RulesError(`Invalid ${what}: ${type}{Name:${quoted(name)}, Policy:${quoted(policy)}${more}}`);
}
