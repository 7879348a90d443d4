import { Refusal } from "@causeway/bus";
import {
  type CatalogCheck,
  CHECK_STATUSES,
  type CheckRegistration,
  type CheckStatus,
  durationNs,
  durationText,
} from "@causeway/model";
import { withoutEmpty } from "./without-empty.ts";

/**
 * A registered check in the form in which it is stored and shown. Its service's name and tags are not known here: the instance that it
 * speaks for fills them in.
 */
export function readCheck(check: CheckRegistration, node: string): CatalogCheck {
  const definition = readDefinition(check.Definition ?? {});
  return {
    Node: check.Node || node,
    CheckID: check.CheckID || (check.Name ?? ""),
    Name: check.Name ?? "",
    Status: readStatus(check.Status || "critical"),
    Notes: check.Notes ?? "",
    Output: check.Output ?? "",
    ServiceID: check.ServiceID ?? "",
    ServiceName: "",
    ServiceTags: [],
    Type: check.Type || typeOf(definition),
    Definition: definition,
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

function readStatus(status: string): CheckStatus {
  const known = CHECK_STATUSES.find((candidate) => candidate === status);
  if (known === undefined) throw new Refusal(400, `Invalid check status: '${status}'`);
  return known;
}

type Definition = CatalogCheck["Definition"];

const DURATIONS = ["Interval", "Timeout", "DeregisterCriticalServiceAfter", "TTL"] as const;

/** Durations come as text or as nanoseconds, and are shown as text. */
function readDefinition(definition: Definition): Definition {
  const durations = DURATIONS.map((field) => [field, readDuration(definition[field])] as const);
  return withoutEmpty({ ...definition, ...Object.fromEntries(durations) }) as Definition;
}

function readDuration(value: unknown): string {
  if (value === undefined || value === null || value === 0) return "";
  if (typeof value === "number") return durationText(value);
  const ns = typeof value === "string" ? durationNs(value) : undefined;
  if (ns === undefined) throw new Refusal(400, `time: invalid duration ${String(value)}`);
  return ns === 0 ? "" : durationText(ns);
}

/** What kind of check a definition describes; "" when it says nothing of how it is run. */
function typeOf(definition: Definition): string {
  const has = (field: string) => definition[field] !== undefined;
  const runs = has("Interval");
  if (has("GRPC") && runs) return "grpc";
  if (has("HTTP") && runs) return "http";
  if (has("TTL")) return "ttl";
  if (has("TCP") && runs) return "tcp";
  if (has("AliasNode") || has("AliasService")) return "alias";
  if (has("DockerContainerID") && has("ScriptArgs") && runs) return "docker";
  return has("ScriptArgs") && runs ? "script" : "";
}
