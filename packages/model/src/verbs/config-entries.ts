import { Type } from "../schema.ts";
import { By, type VerbTable } from "./common.ts";

const ConfigWritten = {
  Bucket: Type.String({ description: '"config-entries", or "intentions" for what was handed on.' }),
  Index: Type.Integer({ description: "Revision of that bucket that shows the write." }),
  CatalogIndex: Type.Optional(
    Type.Integer({
      description: "Revision of the bucket `catalog` that shows what follows from the write: gateway links.",
    }),
  ),
};

/** What **config-entries** is asked. */
export const CONFIG_ENTRY_VERBS = {
  "config-entries.apply": {
    global: true,
    request: Type.Object({ Entry: Type.Unknown(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Type.Object({ Applied: Type.Boolean(), ...ConfigWritten }),
  },
  "config-entries.delete": {
    global: true,
    request: Type.Object({ Kind: Type.String(), Name: Type.String(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Type.Object({ Deleted: Type.Boolean(), ...ConfigWritten }),
  },
} as const satisfies VerbTable;
