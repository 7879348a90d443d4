import { ACL_FIELDS, BUCKET_FIELDS } from "@causeway/bus";
import { Type } from "@causeway/model";

/** What config-entries can be told besides what every service can. */
export const Config = Type.Object({
  ...ACL_FIELDS,
  ...BUCKET_FIELDS,
});
