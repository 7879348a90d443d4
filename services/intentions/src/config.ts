import { ACL_FIELDS, BUCKET_FIELDS } from "@causeway/bus";
import { Type } from "@causeway/model";

/** What the intentions service can be told besides what every service can. */
export const Config = Type.Object({
  ...ACL_FIELDS,
  defaultPolicy: Type.Union([Type.Literal("allow"), Type.Literal("deny")], {
    default: "allow",
    description: "What holds where no intention covers a connection; Consul without ACLs allows.",
  }),
  ...BUCKET_FIELDS,
});
