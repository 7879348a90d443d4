import type { Fields } from "@causeway/definitions";

/**
 * One configuration from several, of which later ones win: blocks and maps are joined key by key, lists one after the other.
 *
 * @see https://developer.hashicorp.com/consul/docs/agent/config, "Configuration Files"
 */
export function mergeSettings(sources: readonly Fields[]): Fields {
  const merged: Record<string, unknown> = {};
  for (const [key, value] of sources.flatMap((source) => Object.entries(source))) {
    merged[key] = joined(merged[key], value);
  }
  return merged;
}

function joined(before: unknown, after: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(after)) return [...before, ...after];
  return isBlock(before) && isBlock(after) ? mergeSettings([before, after]) : after;
}

function isBlock(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
