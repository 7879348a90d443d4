import { BUCKET_FIELDS } from "@causeway/bus";
import { Type } from "@causeway/model";

/** What federation can be told besides what every service can. */
export const Config = Type.Object({
  ...BUCKET_FIELDS,
});
