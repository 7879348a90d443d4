import { errorList, metaProblems, quoted } from "@causeway/model";
import type { WrittenEntry, WrittenSource } from "./entry.ts";
import { isAction, isTooLong } from "./legacy-rules.ts";

/**
 * The first thing that is wrong with a service-intentions entry, in Consul's words where it has some; undefined when it is legal.
 *
 * This version decides on connections, so what only a request can show (permissions, tokens) is refused and not silently dropped: an
 * intention that is kept in part would allow more than its author meant.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/config-entries/service-intentions
 */
export function entryProblem(entry: WrittenEntry): string | undefined {
  if (entry.Name === "") return "Name is required";
  const nameProblem = wildcardProblem(entry.Name);
  if (nameProblem !== undefined) return nameProblem;
  if (entry.JWT !== undefined) return "JWT is not supported: this version decides on connections, not on requests";
  const meta = metaProblems(entry.Meta);
  if (meta.length > 0) return errorList(meta);
  if (entry.Sources.length === 0) return "At least one source is required";
  const seen = new Set<string>();
  for (const [at, source] of entry.Sources.entries()) {
    const problem = sourceProblem(source, entry.Name);
    if (problem !== undefined) return `Sources[${at}]${problem}`;
    if (seen.has(source.Name)) return `Sources[${at}] defines ${quoted(source.Name)} more than once`;
    seen.add(source.Name);
  }
  return undefined;
}

function sourceProblem(source: WrittenSource, destination: string): string | undefined {
  const { Name, Peer, SamenessGroup, Type } = source;
  if (Name === "") return ".Name is required";
  const nameProblem = wildcardProblem(Name);
  if (nameProblem !== undefined) return `.${nameProblem}`;
  if (Peer !== "") return ".Peer is not supported: this version knows no peers";
  if (SamenessGroup !== "") return ".SamenessGroup is not supported: this version knows no sameness groups";
  if (isTooLong(source.Description)) return ".Description exceeds maximum length 512";
  if (Object.keys(source.LegacyMeta).length > 0) return ".LegacyMeta must be omitted";
  const actionProblem = permissionProblem(source, destination);
  if (actionProblem !== undefined) return actionProblem;
  return Type === "" || Type === "consul" ? undefined : ".Type must be set to 'consul'";
}

function permissionProblem({ Action, Permissions }: WrittenSource, destination: string): string | undefined {
  if (Permissions.length === 0) return isAction(Action) ? undefined : ".Action must be set to 'allow' or 'deny'";
  if (Action !== "") return ".Action must be omitted if Permissions are specified";
  if (destination === "*") return ".Permissions cannot be specified on intentions with wildcarded destinations";
  return ".Permissions are not supported: this version decides on connections, not on requests. Set Action instead";
}

function wildcardProblem(name: string): string | undefined {
  const partial = name !== "*" && name.includes("*");
  return partial ? "Name: wildcard character '*' cannot be used with partial values" : undefined;
}
