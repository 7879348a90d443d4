import { isDeepStrictEqual } from "node:util";

type Indexes = { readonly CreateIndex: number; readonly ModifyIndex: number };

/** Says whether two parts say the same, whenever it was that they were written. */
export function sameContent<T extends Indexes>(a: T | undefined, b: T | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isDeepStrictEqual({ ...a, CreateIndex: 0, ModifyIndex: 0 }, { ...b, CreateIndex: 0, ModifyIndex: 0 });
}

/** `sameContent` for lists, in order. */
export function sameContents<T extends Indexes>(a: readonly T[] = [], b: readonly T[] = []): boolean {
  return a.length === b.length && a.every((part, at) => sameContent(part, b[at]));
}
