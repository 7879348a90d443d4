import { isDeepStrictEqual } from "node:util";

type Indexed = { readonly CreateIndex: number; readonly ModifyIndex: number };

/** True when two parts of a record say the same, whenever each was written. */
export function sameContent<T extends Indexed>(one: T, other: T): boolean {
  return isDeepStrictEqual(withoutIndexes(one), withoutIndexes(other));
}

function withoutIndexes<T extends Indexed>(part: T): Omit<T, keyof Indexed> {
  const { CreateIndex: _created, ModifyIndex: _modified, ...content } = part;
  return content;
}

/**
 * The part that is to be stored in place of `previous`: `previous` itself when `next` says the same, else `next` with an index of 0,
 * which stands for the revision that the write will get.
 */
export function revised<T extends Indexed>(next: T, previous: T | undefined): T {
  if (previous !== undefined && sameContent(next, previous)) return previous;
  return { ...next, CreateIndex: previous?.CreateIndex ?? 0, ModifyIndex: 0 };
}

/** The form in which names of nodes, services and checks are compared: Consul's do not differ by case. */
export function folded(name: string): string {
  return name.toLowerCase();
}
