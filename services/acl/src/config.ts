import { BUCKET_FIELDS } from "@causeway/bus";
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
  ...BUCKET_FIELDS,
});
