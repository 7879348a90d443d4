import { fieldPath, HclError, parseWithPositions } from "@causeway/hcl";
import { errorList, type WeakShape, weakDecode } from "@causeway/model";
import { AGENT_KEYS } from "./agent-keys.ts";
import { SETTINGS } from "./settings.ts";
import { FILE } from "./shapes.ts";

/** Anything by key. */
export type Fields = Readonly<Record<string, unknown>>;

/** A service or a check as the HTTP API would take it, and the file that it stands in. */
export type Definition = { readonly file: string; readonly value: Fields };

/** All that files define, in their order. */
export type Definitions = { readonly services: readonly Definition[]; readonly checks: readonly Definition[] };

/** Thrown for a file that cannot be used; the message names the file and all that is wrong with it. */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
}

const WITH_AGENT_KEYS: WeakShape = {
  ...FILE,
  ...Object.fromEntries(AGENT_KEYS.map((key) => [key, "anything" as const])),
  ...SETTINGS,
};

/**
 * What the text of a file defines. `file` is its name in errors.
 *
 * @throws DefinitionError when the text is neither HCL nor JSON, has a key that Consul's agent has not, or a value of a wrong kind.
 */
export function decodeDefinitions(text: string, file: string): Definitions {
  const fields = decodedFile(text, file);
  const listed = (key: string) => (fields[key] ?? []) as readonly Fields[];
  const defined = (value: Fields): Definition => ({ file, value });
  return {
    services: [...listed("service"), ...listed("services")].map(serviceFields).map(defined),
    checks: [...listed("check"), ...listed("checks")].map(checkFields).map(defined),
  };
}

/**
 * What the text of a file says of the agent itself: every key that defines neither services nor checks, under its name in snake_case.
 *
 * @throws DefinitionError as `decodeDefinitions` does.
 */
export function decodeSettings(text: string, file: string): Fields {
  const given = Object.entries(decodedFile(text, file));
  return Object.fromEntries(given.filter(([key]) => !Object.hasOwn(FILE, key)));
}

function decodedFile(text: string, file: string): Fields {
  const { value, lineOf } = parsed(text, file);
  const decoded = weakDecode(WITH_AGENT_KEYS, value);
  if (decoded.kind !== "read") {
    const problems = decoded.problems.map((problem) => {
      const field = /["']([\w.[\]-]+)["']/.exec(problem)?.[1];
      const line = field === undefined ? undefined : lineOf(fieldPath(field));
      const said = problem
        .replace(/^invalid config key "(.*)"$/, "invalid config key $1")
        // A block that stands alone has no number.
        .replace(/\b(service|check)\[0\]/, (numbered, key) => (Array.isArray(value[key]) ? numbered : key));
      return line === undefined ? said : `${said} (line ${line})`;
    });
    throw new DefinitionError(`Error parsing ${file}: ${errorList(problems)}`);
  }
  return decoded.value;
}

function parsed(text: string, file: string): ReturnType<typeof parseWithPositions> {
  try {
    return parseWithPositions(text, { file });
  } catch (cause) {
    if (cause instanceof HclError) throw new DefinitionError(`Error parsing ${file}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** One check and several are one list; the sidecar is a service too. */
function serviceFields({ Check = [], Checks = [], Connect, ...rest }: Fields): Fields {
  const checks = [...(Checks as readonly Fields[]), ...(Check as readonly Fields[])].map(checkFields);
  const { SidecarService, ...connect } = (Connect ?? {}) as Fields;
  const sidecar = SidecarService === undefined ? {} : { SidecarService: serviceFields(SidecarService as Fields) };
  return {
    ...rest,
    ...(checks.length === 0 ? {} : { Checks: checks }),
    ...(Connect === undefined ? {} : { Connect: { ...connect, ...sidecar } }),
  };
}

/** In files a check's ID is `id`, and its program is `args`; a header may be one value or several. */
function checkFields({ ID, Args, Header, ...rest }: Fields): Fields {
  const header = Object.entries((Header ?? {}) as Fields).map(([name, value]) => [name, [value].flat().map(String)]);
  return {
    ...rest,
    ...(ID === undefined ? {} : { CheckID: ID }),
    ...(Args === undefined ? {} : { ScriptArgs: Args }),
    ...(Header === undefined ? {} : { Header: Object.fromEntries(header) }),
  };
}
