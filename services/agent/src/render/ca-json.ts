import type { CaRoots } from "@causeway/model";
import { type Json, kept } from "./catalog-json.ts";

/** The roots that the mesh trusts. */
export function rootsJson({ ActiveRootID, TrustDomain, Roots }: CaRoots): Json {
  const roots = Roots.map(({ RotatedOutAt, ...root }) => ({ ...root, ...kept({ RotatedOutAt }) }));
  return { ActiveRootID, TrustDomain, Roots: roots };
}
