import { CommandError } from "./errors.ts";

/** A service as a definition file has it: keys as written, which the agent accepts in either spelling. */
export type ServiceDefinition = Readonly<Record<string, unknown>>;

/**
 * The services that a file defines under "service" or "services". Throws a CommandError that names the file when there is none.
 *
 * @see https://developer.hashicorp.com/consul/docs/services/configuration/services-configuration-reference
 */
export function definitionsIn(content: Readonly<Record<string, unknown>>, file: string): ServiceDefinition[] {
  const found = [content["service"], content["services"]].flat().filter((value) => value !== undefined);
  if (found.length === 0) throw new CommandError(`${file}: has neither "service" nor "services"`);
  for (const definition of found) {
    if (typeof definition !== "object" || definition === null)
      throw new CommandError(`${file}: a service must be an object`);
  }
  return found.map((definition) => withLists(definition) as ServiceDefinition);
}

/** What the agent takes as lists; in HCL one block of them looks like an object. */
const LISTS = ["checks", "upstreams", "paths"];

function withLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLists);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => {
    const lone = LISTS.includes(key.toLowerCase()) && !Array.isArray(entry) && entry !== null;
    return [key, withLists(lone ? [entry] : entry)];
  });
  return Object.fromEntries(entries);
}
