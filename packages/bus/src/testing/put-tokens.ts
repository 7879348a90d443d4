import { type AclToken, BUCKETS } from "@causeway/model";
import { Bucket } from "../bucket.ts";
import type { Bus } from "../connection.ts";

const WRITTEN = { Description: "", Hash: "", CreateIndex: 0, ModifyIndex: 0 };

/** Writes the bucket `acl` as its owner would: afterwards there is a token for each secret, with one policy of these rules. */
export async function putTokens(
  bus: Bus,
  rulesBySecret: Readonly<Record<string, string>>,
): Promise<Bucket<typeof BUCKETS.acl>> {
  const bucket = await Bucket.open(bus, BUCKETS.acl);
  for (const [id, Rules] of Object.entries(rulesBySecret)) {
    await bucket.create("policy", [id], { ID: id, Name: id, Rules, Datacenters: [], ...WRITTEN });
    const links = { Policies: [id], Roles: [], ServiceIdentities: [], NodeIdentities: [] };
    const token: AclToken = { AccessorID: id, SecretID: id, CreateTime: "", ...links, ...WRITTEN };
    await bucket.create("token", [id], token);
  }
  return bucket;
}
