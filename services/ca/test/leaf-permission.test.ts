import { ask, Bucket, type Bus } from "@causeway/bus";
import { type AclToken, BUCKETS } from "@causeway/model";
import { startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { connectTo, requestOf, rootsOf, runCa } from "./support.ts";

const written = { Description: "", Hash: "", CreateIndex: 0, ModifyIndex: 0 };
const ACLS = { CAUSEWAY_ACL_ENABLED: "true", CAUSEWAY_ACL_DEFAULT_POLICY: "deny" };

/** The bucket as acl would have it: a token whose policy lets it write the service db. */
async function withToken(bus: Bus): Promise<Bucket<typeof BUCKETS.acl>> {
  const bucket = await Bucket.open(bus, BUCKETS.acl);
  const Rules = 'service "db" { policy = "write" } service_prefix "" { policy = "read" }';
  await bucket.create("policy", ["p"], { ID: "p", Name: "p", Rules, Datacenters: [], ...written });
  const identities = { ServiceIdentities: [], NodeIdentities: [] };
  const token: AclToken = {
    AccessorID: "t",
    SecretID: "s",
    Policies: ["p"],
    Roles: [],
    CreateTime: "",
    ...identities,
    ...written,
  };
  await bucket.create("token", ["t"], token);
  return bucket;
}

test("a leaf is for whoever may write its service, as of the last change of their policies", async () => {
  await using nats = await startNatsServer();
  await using folder = await temporaryDirectory();
  await using bus = await connectTo(nats);
  const bucket = await withToken(bus);
  await using ca = await runCa(nats, { dataDir: folder.path, env: ACLS });
  const roots = await rootsOf(bus);
  const leafOf = async (service: string, Token?: string) => {
    const { csr: CSR } = await requestOf(service, roots);
    return ask(bus, "ca.sign-leaf", Token === undefined ? { CSR } : { CSR, Token });
  };
  expect((await leafOf("db", "s")).Service).toBe("db");
  await expect(leafOf("web", "s")).rejects.toMatchObject({
    status: 403,
    message: "Permission denied: Missing service:write on web",
  });
  await expect(leafOf("db", "other")).rejects.toMatchObject({ status: 403, message: "ACL not found" });
  await expect(leafOf("db")).rejects.toMatchObject({ status: 403, message: "ACL not found" });
  const Rules = 'service "web" { policy = "write" }';
  await bucket.change("policy", ["p"], (stored) => stored && { ...stored.value, Rules });
  expect((await leafOf("web", "s")).Service).toBe("web");
  await expect(leafOf("db", "s")).rejects.toThrow("Permission denied");
  expect(ca.output()).not.toContain('"s"');
});
