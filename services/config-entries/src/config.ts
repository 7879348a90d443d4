import { ACL_FIELDS } from "@causeway/bus";
import { Type } from "@causeway/model";

/** What config-entries can be told besides what every service can. */
export const Config = Type.Object({
  ...ACL_FIELDS,
  bucketReplicas: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 5,
    description: "Copies that NATS keeps of the bucket; 3 where it is a cluster.",
  }),
});
