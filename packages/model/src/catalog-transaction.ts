import { CatalogCheck, CatalogNode, CatalogService } from "./catalog.ts";
import { RegisterRequest } from "./registration.ts";
import { type Static, Type } from "./schema.ts";

/** What an operation of a transaction is about, in Consul's words. */
export const CATALOG_PARTS = ["Node", "Service", "Check"] as const;

/**
 * One operation of a transaction: "get", "set", "cas", "delete" or "delete-cas". A verb that is unknown fails as that
 * operation. The registration is of a node, with the service or the check that the operation is about.
 */
export const CatalogOperation = Type.Object({
  Verb: Type.String(),
  Part: Type.Enum(CATALOG_PARTS),
  Registration: RegisterRequest,
  Index: Type.Optional(Type.Integer({ description: "Of what there must be for cas; 0 for nothing." })),
});
export type CatalogOperation = Static<typeof CatalogOperation>;

/** What one operation found or left: the one part that it is about. */
export const CatalogResult = Type.Object({
  OpIndex: Type.Optional(Type.Integer({ description: "Of the operation." })),
  Node: Type.Optional(CatalogNode),
  Service: Type.Optional(CatalogService),
  Check: Type.Optional(CatalogCheck),
});
export type CatalogResult = Static<typeof CatalogResult>;

/** What a transaction did, or, when there are errors, why it did nothing. */
export const CatalogTransacted = Type.Object({
  Results: Type.Array(CatalogResult),
  Errors: Type.Array(Type.Object({ OpIndex: Type.Integer(), What: Type.String() })),
  Index: Type.Integer({ description: "Revision that shows all of it." }),
});
export type CatalogTransacted = Static<typeof CatalogTransacted>;
