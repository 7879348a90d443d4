import { Type } from "./schema.ts";

/** Raft-like indexes of a record's part; 0 in a stored value stands for the revision of the entry that holds it. */
export const CreateModifyIndex = {
  CreateIndex: Type.Integer({ minimum: 0 }),
  ModifyIndex: Type.Integer({ minimum: 0 }),
};

/** Free-form string pairs. */
export const StringMap = Type.Record(Type.String(), Type.String());
