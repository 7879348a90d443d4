import { CatalogOperation } from "../catalog-transaction.ts";
import { KvOperation, KvPutRequest, KvTransacted, SessionRequest } from "../kv.ts";
import { Type } from "../schema.ts";
import { Applied, By, Identified, type VerbTable, Written } from "./common.ts";

/** What **kv** is asked. */
export const KV_STORE_VERBS = {
  "kv.put": { request: Type.Object({ ...KvPutRequest.properties, ...By }), reply: Applied },
  "kv.delete": {
    request: Type.Object({ Key: Type.String({ minLength: 1 }), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Applied,
  },
  /** Deletes every key that begins with `Prefix`; "" stands for all. */
  "kv.delete-tree": { request: Type.Object({ Prefix: Type.String(), ...By }), reply: Written },
  /** With operations on the catalog, both are checked first, and the keys are put back when the catalog then refuses all the same. */
  "kv.transact": {
    request: Type.Object({
      Operations: Type.Array(KvOperation),
      Catalog: Type.Optional(Type.Array(CatalogOperation)),
      ...By,
    }),
    reply: KvTransacted,
  },
  "kv.create-session": {
    request: Type.Object({ ...SessionRequest.properties, ...By }),
    reply: Identified,
  },
  /** Ends a session, and lets go what it has locked. */
  "kv.destroy-session": { request: Type.Object({ ID: Type.String(), ...By }), reply: Written },
  /** Begins a session's TTL anew. */
  "kv.renew-session": {
    request: Type.Object({ ID: Type.String(), ...By }),
    reply: Type.Object({ Found: Type.Boolean() }),
  },
} as const satisfies VerbTable;
