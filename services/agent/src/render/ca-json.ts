import type { CaRoots } from "@causeway/model";
import type { Json } from "./catalog-json.ts";

/** The roots that the mesh trusts. */
export function rootsJson({ ActiveRootID, TrustDomain, Roots }: CaRoots): Json {
  // Consul keeps to itself when a root was rotated out.
  const roots = Roots.map(({ RotatedOutAt: _, ...root }) => root);
  return { ActiveRootID, TrustDomain, Roots: roots };
}
