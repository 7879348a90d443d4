import { DefinitionError, decodeDefinitions, readDefinitions } from "@causeway/definitions";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";

/** A service as the agent's API takes it. */
export type ServiceDefinition = Readonly<Record<string, unknown>>;

/**
 * The services that files and folders define; "-" is standard input. Throws a CommandError that names the file which cannot be used, or
 * where there is no service at all.
 *
 * @see https://developer.hashicorp.com/consul/docs/services/configuration/services-configuration-reference
 */
export async function servicesIn(paths: readonly string[], context: Context): Promise<ServiceDefinition[]> {
  const all: ServiceDefinition[] = [];
  for (const path of paths) {
    const { services } = await asCommandError(async () =>
      path === "-" ? decodeDefinitions(await context.readStdin(), "standard input") : await readDefinitions([path]),
    );
    if (services.length === 0) throw new CommandError(`${path}: has neither "service" nor "services"`);
    all.push(...services.map(({ value }) => value));
  }
  return all;
}

/** Runs `work`; a file that it cannot use becomes the command's failure. */
export async function asCommandError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof DefinitionError)) throw cause;
    throw new CommandError(cause.message.trimEnd(), 1, { cause });
  }
}
