import { FederationState } from "../federation.ts";
import { Type } from "../schema.ts";
import { Deleted, type VerbTable, Written } from "./common.ts";

/** What **federation** is asked. */
export const FEDERATION_VERBS = {
  /** Says how the datacenter that asks is reached; older information than what is known changes nothing. */
  "federation.publish": {
    global: true,
    request: Type.Object({ State: FederationState }),
    reply: Written,
  },
  /** Removes what is known of a datacenter that is gone for good; refused while its heartbeat is heard, which takes up to 4 s to tell. */
  "federation.forget": {
    global: true,
    request: Type.Object({ Datacenter: Type.String({ minLength: 1 }) }),
    reply: Deleted,
  },
} as const satisfies VerbTable;
