import { quoted } from "./error-list.ts";

/** Bounds of the free-form pairs of a service, a node or a config entry. */
const MAX_PAIRS = 64;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 512;

/** What is wrong with the `Meta` of a config entry, in Consul's words; empty when nothing is. */
export function metaProblems(meta: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(meta);
  const problems = pairs.length > MAX_PAIRS ? [`Meta exceeds maximum element count ${MAX_PAIRS}`] : [];
  for (const [key, value] of pairs) {
    if (key.length > MAX_KEY_LENGTH) problems.push(`Meta key ${quoted(key)} exceeds maximum length ${MAX_KEY_LENGTH}`);
    if (value.length > MAX_VALUE_LENGTH) {
      problems.push(`Meta value for key ${quoted(key)} exceeds maximum length ${MAX_VALUE_LENGTH}`);
    }
  }
  return problems;
}

/** Keys with this prefix belong to Consul; a mesh gateway may say that it carries the federation's own traffic. */
const RESERVED_PREFIX = "consul-";
const RESERVED_FOR_MESH_GATEWAYS = "consul-wan-federation";
const KEY_CHARACTERS = /^[a-zA-Z0-9_-]+$/;

/**
 * What is wrong with the meta of a service or a node that a user registers with an agent, in Consul's words; undefined when nothing is.
 *
 * Registrations straight into the catalog are not held to this: agents register reserved keys of their own there.
 */
export function registeredMetaProblem(
  meta: Readonly<Record<string, string>>,
  kind: string | undefined,
): string | undefined {
  const pairs = Object.entries(meta);
  if (pairs.length > MAX_PAIRS) return `Node metadata cannot contain more than ${MAX_PAIRS} key/value pairs`;
  for (const [key, value] of pairs) {
    const problem = pairProblem(key, value, kind);
    if (problem !== undefined) {
      return `Couldn't load metadata pair ('${key}', '${value}'): ${problem}`;
    }
  }
  return undefined;
}

function pairProblem(key: string, value: string, kind: string | undefined): string | undefined {
  if (key === "") return "Key cannot be blank";
  if (!KEY_CHARACTERS.test(key)) return "Key contains invalid characters";
  if (key.length > MAX_KEY_LENGTH) return `Key is too long (limit: ${MAX_KEY_LENGTH} characters)`;
  const allowed = kind === "mesh-gateway" && key === RESERVED_FOR_MESH_GATEWAYS;
  if (key.startsWith(RESERVED_PREFIX) && !allowed) {
    return `Key prefix '${RESERVED_PREFIX}' is reserved for internal use`;
  }
  if (value.length > MAX_VALUE_LENGTH) return `Value is too long (limit: ${MAX_VALUE_LENGTH} characters)`;
  return undefined;
}
