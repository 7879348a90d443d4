/**
 * A copy without what says nothing, at any depth: "", 0, false, null and empty lists. Objects stay, even empty ones: an author who writes
 * one means it.
 */
export function tidy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(tidy) as T;
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) =>
    Array.isArray(field) ? field.length > 0 : Boolean(field),
  );
  return Object.fromEntries(fields.map(([name, field]) => [name, tidy(field)])) as T;
}
