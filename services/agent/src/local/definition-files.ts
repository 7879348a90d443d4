import { type Definition, DefinitionError, readDefinitions } from "@causeway/definitions";
import { ApiError } from "../http/errors.ts";
import { JsonError } from "../http/json-text.ts";
import type { LocalCheck, LocalService } from "./local-service.ts";
import { checkSubject, type LocalSnapshot, type Subject } from "./local-snapshot.ts";
import type { LocalState } from "./local-state.ts";
import { checkRegistrationOf, registrationOf } from "./registration.ts";
import { CheckTypeShape, ServiceShape } from "./registration-shapes.ts";
import type { Scripts } from "./scripts.ts";

/** How definition files become registrations. */
export type DefinitionFilesOptions = {
  /** Files and folders; later ones win. */
  readonly paths: readonly string[];
  readonly state: LocalState;
  readonly node: string;
  readonly scripts: Scripts;
};

/** Where decoding begins: the file's reader has told already what stands where. */
const ROOT = { struct: "", path: [] };

/**
 * Reads the files and makes what they define the registrations that come from files: what is no longer in them is deregistered.
 *
 * @throws DefinitionError that names the file of the first definition that cannot be used; nothing has changed then.
 */
export async function loadDefinitionFiles({ paths, state, node, scripts }: DefinitionFilesOptions): Promise<Loaded> {
  const defined = await readDefinitions(paths);
  const services = new Map<string, LocalService>();
  const checks = new Map<string, LocalCheck>();
  const tokens = new Map<Subject, string>();
  const sidecars = new Set<string>();
  const known = (): LocalSnapshot => ({
    services: new Map([...state.services, ...services]),
    checks: state.checks,
  });
  for (const definition of defined.services) {
    const added = named(definition, "service", () => {
      const request = ServiceShape.read(definition.value, ROOT);
      return registrationOf(request, known(), node, scripts, request.Token ?? "");
    });
    for (const service of added.services) {
      services.set(service.ID, service);
      if (added.sidecars.has(service.ID)) sidecars.add(service.ID);
      else sidecars.delete(service.ID);
    }
    for (const check of added.checks) checks.set(check.check.CheckID, check);
    for (const [subject, token] of added.tokens) tokens.set(subject, token);
  }
  for (const definition of defined.checks) {
    const { check, token } = named(definition, "check", () => {
      const request = CheckTypeShape.read(definition.value, ROOT);
      return { check: checkRegistrationOf(request, known(), node, scripts), token: request.Token ?? "" };
    });
    checks.set(check.check.CheckID, check);
    tokens.set(checkSubject(check.check.CheckID), token);
  }
  state.replaceFromFiles([...services.values()], [...checks.values()], tokens, sidecars);
  return { services: services.size, checks: checks.size };
}

/** How much files have defined. */
export type Loaded = { readonly services: number; readonly checks: number };

/** Runs `register`, whose refusal then says which definition of which file it is about. */
function named<T>({ file, value }: Definition, what: "service" | "check", register: () => T): T {
  try {
    return register();
  } catch (cause) {
    if (!(cause instanceof ApiError || cause instanceof JsonError)) throw cause;
    const name = String(value["Name"] ?? "");
    throw new DefinitionError(`${file}: Failed to register ${what} "${name}": ${cause.message}`, { cause });
  }
}
