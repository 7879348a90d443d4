/** The parts of a record that carry indexes of their own. */
const PARTS = ["Node", "Service", "Checks", "NodeChecks", "Sources", "Roots"] as const;

type Indexed = { readonly CreateIndex: number; readonly ModifyIndex: number };

/**
 * A stored record as readers see it: each index that is 0 becomes `revision`, the revision of the entry that holds the record.
 *
 * A writer does not know the revision that its write will get, so it stores 0 for what is new or changed. Whoever rewrites a record must
 * pass it through here first, or parts that did not change would seem to.
 */
export function withIndexes<T extends object>(record: T, revision: number): T {
  let read = resolved(record, revision);
  for (const part of PARTS) {
    const value = (read as Record<string, unknown>)[part];
    const next = Array.isArray(value) ? resolvedList(value, revision) : resolved(value, revision);
    if (next !== value) read = { ...read, [part]: next };
  }
  return read;
}

function resolvedList(values: readonly unknown[], revision: number): readonly unknown[] {
  const next = values.map((value) => resolved(value, revision));
  return next.some((value, at) => value !== values[at]) ? next : values;
}

function resolved<T>(value: T, revision: number): T {
  if (!isIndexed(value) || (value.CreateIndex !== 0 && value.ModifyIndex !== 0)) return value;
  return { ...value, CreateIndex: value.CreateIndex || revision, ModifyIndex: value.ModifyIndex || revision };
}

function isIndexed(value: unknown): value is Indexed {
  return typeof value === "object" && value !== null && "CreateIndex" in value && "ModifyIndex" in value;
}
