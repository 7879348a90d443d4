/** The fields of `T` that may be there, with the values that say something. */
export type WithoutEmpty<T> = { [K in keyof T]?: NonNullable<T[K]> };

/**
 * A copy without the fields that say nothing: null, undefined, "", 0, false, and lists and objects with nothing in them. Go writes none
 * of them (`omitempty`).
 */
export function withoutEmpty<T extends object>(value: T): WithoutEmpty<T> {
  const entries = Object.entries(value).filter(([, field]) => !isEmpty(field));
  return Object.fromEntries(entries) as WithoutEmpty<T>;
}

function isEmpty(field: unknown): boolean {
  if (Array.isArray(field)) return field.length === 0;
  if (typeof field === "object" && field !== null) return Object.keys(field).length === 0;
  return !field;
}
