import { type IntentionRequest, metaProblems } from "@causeway/model";

const MAX_DESCRIPTION_BYTES = 512;
const PARTIAL_WILDCARD = "wildcard character '*' cannot be used with partial values";

/**
 * What is wrong with an intention as the legacy endpoints carry it, in Consul's words and order; empty when nothing is.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/connect/intentions
 */
export function intentionProblems(intention: IntentionRequest): string[] {
  const { SourceName, DestinationName, SourceNS, DestinationNS } = intention;
  return [
    ...(SourceName === "" ? ["SourceName must be set"] : []),
    ...(DestinationName === "" ? ["DestinationName must be set"] : []),
    ...nameProblems("Source", SourceName, SourceNS),
    ...nameProblems("Destination", DestinationName, DestinationNS),
    ...descriptionProblems(intention.Description),
    ...metaProblems(intention.Meta ?? {}),
    ...(isAction(intention.Action) ? [] : ["Action must be set to 'allow' or 'deny'"]),
    ...(["", "consul"].includes(intention.SourceType ?? "") ? [] : ["SourceType must be set to 'consul'"]),
  ];
}

function nameProblems(side: "Source" | "Destination", name: string, namespace = "default"): string[] {
  const problems: string[] = [];
  if (namespace !== "*" && namespace.includes("*")) problems.push(`${side}NS: ${PARTIAL_WILDCARD}`);
  else if (!["", "default", "*"].includes(namespace)) problems.push(`${side}NS: there is no namespace but 'default'`);
  if (name === "*") return problems;
  if (name.includes("*")) problems.push(`${side}Name: ${PARTIAL_WILDCARD}`);
  if (namespace === "*") problems.push(`${side}Name: exact value cannot follow wildcard namespace`);
  return problems;
}

function descriptionProblems(description: string | undefined): string[] {
  return isTooLong(description) ? [`Description exceeds maximum length ${MAX_DESCRIPTION_BYTES}`] : [];
}

/** True of a description that Consul would not keep: it counts bytes. */
export function isTooLong(description = ""): boolean {
  return Buffer.byteLength(description) > MAX_DESCRIPTION_BYTES;
}

/** True of the two words that an intention may say. */
export function isAction(action: unknown): action is "allow" | "deny" {
  return action === "allow" || action === "deny";
}
