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
  return found as ServiceDefinition[];
}
