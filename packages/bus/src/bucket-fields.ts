import { Type } from "@causeway/model";

/** What the owner of a bucket is told of it, as fields of its configuration. */
export const BUCKET_FIELDS = {
  bucketReplicas: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 5,
    description: "Copies that NATS keeps of the bucket; 3 where it is a cluster.",
  }),
};
