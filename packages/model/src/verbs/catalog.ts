import { CatalogOperation, CatalogTransacted } from "../catalog-transaction.ts";
import { JoinRequest } from "../membership.ts";
import { DeregisterRequest, RegisterRequest } from "../registration.ts";
import { Type } from "../schema.ts";
import { By, type VerbTable, Written } from "./common.ts";

/** A part of a bucket as it was at one revision. */
const BucketPart = Type.Object({
  MadeAt: Type.String({ description: "When the bucket was made; revisions of another one mean nothing in it." }),
  Revision: Type.Integer({ description: "All that was written up to it is in here, and nothing later." }),
  Records: Type.Array(
    Type.Object({
      Key: Type.String(),
      Revision: Type.Integer(),
      Packed: Type.Unknown({ description: "The value in bytes, as it is kept in a bucket." }),
    }),
  ),
});

/** What **catalog** is asked. */
export const CATALOG_VERBS = {
  /**
   * Says that an agent is alive, which needs no token: its node, `serfHealth` and the server's service are there since. What else is
   * known of the node stays as it is, and is for whoever may write it.
   */
  "catalog.join": { request: JoinRequest, reply: Written },
  /** Says that an agent goes: its node leaves the catalog, with all that is on it, and is a member that has left. */
  "catalog.leave": { request: JoinRequest, reply: Written },
  /** Says of an agent that has failed that it has left. One that is alive stays; `Prune` forgets as well one that has left. */
  "catalog.force-leave": {
    request: Type.Object({ Node: Type.String({ minLength: 1 }), Prune: Type.Boolean(), ...By }),
    reply: Written,
  },
  "catalog.register": { request: Type.Object({ ...RegisterRequest.properties, ...By }), reply: Written },
  "catalog.deregister": { request: Type.Object({ ...DeregisterRequest.properties, ...By }), reply: Written },
  "catalog.transact": {
    request: Type.Object({
      Operations: Type.Array(CatalogOperation),
      Rehearse: Type.Optional(Type.Boolean({ description: "Only says what would be in the way." })),
      ...By,
    }),
    reply: CatalogTransacted,
  },
  /** Answers once what follows from config entries up to `Revision` can be read in the bucket `catalog`. */
  "catalog.reflect": { request: Type.Object({ Revision: Type.Integer() }), reply: Written },
  /**
   * Gives the records of the bucket `catalog` whose keys go on after `Kind` and `Names`, once all up to `Revision` has been read; refused
   * with 413 when they are too large for one message. For those who may read that bucket anyway.
   */
  "catalog.read": {
    request: Type.Object({ Kind: Type.String(), Names: Type.Array(Type.String()), Revision: Type.Integer() }),
    reply: BucketPart,
  },
} as const satisfies VerbTable;
