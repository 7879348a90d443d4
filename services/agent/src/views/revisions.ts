import { isDeepStrictEqual } from "node:util";

type Indexes = { readonly CreateIndex: number; readonly ModifyIndex: number };

/** Gives a stored part its indexes: 0 stands for the revision of the entry that holds it. */
export function withRevision<T extends Indexes>(part: T, revision: number): T {
  if (part.CreateIndex !== 0 && part.ModifyIndex !== 0) return part;
  return { ...part, CreateIndex: part.CreateIndex || revision, ModifyIndex: part.ModifyIndex || revision };
}

/** Says whether two parts say the same, whenever it was that they were written. */
export function sameContent<T extends Indexes>(a: T | undefined, b: T | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isDeepStrictEqual({ ...a, CreateIndex: 0, ModifyIndex: 0 }, { ...b, CreateIndex: 0, ModifyIndex: 0 });
}

/** `sameContent` for lists, in order. */
export function sameContents<T extends Indexes>(a: readonly T[] = [], b: readonly T[] = []): boolean {
  return a.length === b.length && a.every((part, at) => sameContent(part, b[at]));
}
