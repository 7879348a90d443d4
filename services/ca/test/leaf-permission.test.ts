import { ask } from "@causeway/bus";
import { putTokens } from "@causeway/bus/testing";
import { startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { connectTo, requestOf, rootsOf, runCa } from "./support.ts";

const ACLS = { CAUSEWAY_ACL_ENABLED: "true", CAUSEWAY_ACL_DEFAULT_POLICY: "deny" };

const RULES = 'service "db" { policy = "write" } service_prefix "" { policy = "read" }';

test("a leaf is for whoever may write its service, as of the last change of their policies", async () => {
  await using nats = await startNatsServer();
  await using folder = await temporaryDirectory();
  await using bus = await connectTo(nats);
  const bucket = await putTokens(bus, { s: RULES });
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
  await bucket.change("policy", ["s"], (stored) => stored && { ...stored.value, Rules });
  expect((await leafOf("web", "s")).Service).toBe("web");
  await expect(leafOf("db", "s")).rejects.toThrow("Permission denied");
  expect(ca.output()).not.toContain('"s"');
});

test("the configuration is read and changed by operators only", async () => {
  await using nats = await startNatsServer();
  await using folder = await temporaryDirectory();
  await using bus = await connectTo(nats);
  await putTokens(bus, { reads: 'operator = "read"', writes: 'operator = "write"', none: RULES });
  await using _ = await runCa(nats, { dataDir: folder.path, env: ACLS });
  const { CreateIndex, ModifyIndex, ...known } = await ask(bus, "ca.configuration", { Token: "reads" });
  const Configuration = { ...known, Config: { ...known.Config, LeafCertTTL: "24h" } };
  const configure = (Token?: string) =>
    ask(bus, "ca.configure", { Configuration, ...(Token === undefined ? {} : { Token }) });
  const denied = { status: 403, message: "Permission denied" };
  const unknown = { status: 403, message: "ACL not found" };
  await expect(ask(bus, "ca.configuration", { Token: "none" })).rejects.toMatchObject(denied);
  await expect(ask(bus, "ca.configuration", {})).rejects.toMatchObject(unknown);
  await expect(configure("reads")).rejects.toMatchObject(denied);
  await expect(configure("other")).rejects.toMatchObject(unknown);
  await expect(configure()).rejects.toMatchObject(unknown);
  expect((await ask(bus, "ca.configuration", { Token: "reads" })).ModifyIndex).toBe(ModifyIndex);
  expect((await configure("writes")).Index).toBeGreaterThan(ModifyIndex);
});
