import { join } from "node:path";
import { ACL_FIELDS, BUCKET_FIELDS } from "@causeway/bus";
import { type Static, Type } from "@causeway/model";
import type { CommonConfig } from "@causeway/runtime";
import { CaError } from "./errors.ts";

/** What the CA can be told besides what every service can. */
export const Config = Type.Object({
  caSealKeyFile: Type.Optional(
    Type.String({
      description:
        "File of the key that signing keys are sealed with; made on first start, `ca-seal.key` in the data folder unless set. Replicas share it. Without it no leaf can be signed any more: keep a copy.",
    }),
  ),
  ...ACL_FIELDS,
  caConfig: Type.Record(Type.String(), Type.Unknown(), {
    default: {},
    secret: true,
    description:
      "What a new CA is configured with, in JSON with Consul's keys: LeafCertTTL, PrivateKey, RootCert …, and ClusterID, the UUID of the trust domain. Once there is a root, it counts no more.",
  }),
  ...BUCKET_FIELDS,
});
export type CaConfig = Static<typeof Config>;

/** Where the seal key is. Throws when nothing says so: a key that nobody knows the place of is soon lost. */
export function sealKeyPath({
  caSealKeyFile,
  dataDir,
}: Pick<CommonConfig & CaConfig, "caSealKeyFile" | "dataDir">): string {
  if (caSealKeyFile !== undefined) return caSealKeyFile;
  if (dataDir !== undefined) return join(dataDir, "ca-seal.key");
  throw new CaError({ code: "NO_SEAL_KEY_PATH" });
}
