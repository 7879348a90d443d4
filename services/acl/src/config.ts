import { Type } from "@causeway/model";

/** What acl can be told besides what every service can. */
export const Config = Type.Object({
  aclInitialManagementToken: Type.Optional(
    Type.String({
      minLength: 1,
      secret: true,
      description: "Secret of a management token that is made at the start, so that none needs to be bootstrapped.",
    }),
  ),
  bucketReplicas: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 5,
    description: "Copies that NATS keeps of the bucket; 3 where it is a cluster.",
  }),
});
