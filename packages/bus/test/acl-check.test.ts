import { createLogger, Readiness, systemClock } from "@causeway/runtime";
import { type NatsServer, startNatsServer } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AclFields, type Bus, connectBus, followAclCheck, requireAllowed } from "../src/index.ts";
import { putTokens } from "../src/testing/put-tokens.ts";

const log = createLogger({ service: "test", level: "fatal" });
const ON: AclFields = { aclEnabled: true, aclDefaultPolicy: "deny", aclDownPolicy: "extend-cache" };

let nats: NatsServer;
let bus: Bus;
beforeAll(async () => {
  nats = await startNatsServer();
  bus = await connectBus({ url: nats.url, name: "test", datacenter: "dc1", log });
});
afterAll(async () => {
  await bus?.drain();
  await nats?.stop();
});

/** Follows until the test ends; what is written is asked for by `secret`. */
async function follow(config: AclFields) {
  const stop = new AbortController();
  const readiness = new Readiness();
  const check = await followAclCheck({ bus, config, clock: systemClock, readiness, signal: stop.signal });
  const write = (name: string, secret?: string) =>
    requireAllowed(check, secret, (authorizer) => authorizer.may("key:write", name));
  return { readiness, write, [Symbol.dispose]: () => stop.abort() };
}

test.each<readonly [policy: AclFields["aclDownPolicy"], refusal: { status: number; message: string } | undefined]>([
  ["allow", undefined],
  ["deny", { status: 403, message: "Permission denied" }],
  ["extend-cache", { status: 500, message: expect.stringContaining("bucket acl has not been read yet") }],
  ["async-cache", { status: 500, message: expect.stringContaining("bucket acl has not been read yet") }],
])("before the ACL state has been read the down policy %s decides", async (aclDownPolicy, refusal) => {
  using owner = await follow({ ...ON, aclDownPolicy });
  expect(owner.readiness.report().ready).toBe(false);
  if (refusal === undefined) await owner.write("a", "s");
  else await expect(owner.write("a", "s")).rejects.toMatchObject(refusal);
});

test("where ACLs are off nothing is waited for and nothing refused", async () => {
  using owner = await follow({ ...ON, aclEnabled: false });
  expect(owner.readiness.report().ready).toBe(true);
  await owner.write("a");
});

test("the newest rules decide, also those of a token that was made a moment ago", async () => {
  using owner = await follow(ON);
  const bucket = await putTokens(bus, { s: 'key "a" { policy = "write" }' });
  await owner.readiness.whenReady();
  await owner.write("a", "s");
  await expect(owner.write("b", "s")).rejects.toMatchObject({ status: 403, message: "Permission denied" });
  await expect(owner.write("a", "t")).rejects.toMatchObject({ status: 403, message: "ACL not found" });
  await expect(owner.write("a")).rejects.toMatchObject({ status: 403, message: "ACL not found" });
  await putTokens(bus, { t: 'key "b" { policy = "write" }' });
  await owner.write("b", "t");
  await bucket.change(
    "policy",
    ["s"],
    (stored) => stored && { ...stored.value, Rules: 'key_prefix "" { policy = "write" }' },
  );
  await owner.write("b", "s");
});
