import { eventually, freePort, natsDatacenterConfig, startCuttableLink } from "@causeway/testkit";
import { expect, test } from "vitest";
import { ask, ControlPlane, type Owner } from "./control-plane.ts";

const OWNERS: readonly Owner[] = ["catalog", "config-entries", "federation", "intentions"];
const ROOT = "0f0f0f0f-0000-0000-0000-00000000aaaa";
const ACLS = { CAUSEWAY_ACL_ENABLED: "true", CAUSEWAY_ACL_DEFAULT_POLICY: "deny" };

test("tokens are made in the primary datacenter and hold in each, also while the link is down", async () => {
  await using resources = new AsyncDisposableStack();
  const link = resources.use(await startCuttableLink());
  const port = await freePort();
  const start = async (datacenter: string, joined: object, aclEnv: Record<string, string>) => {
    const config = natsDatacenterConfig({ datacenter, ...joined });
    const place = { datacenter, primaryDatacenter: "dc1", config };
    const plane = resources.use(await ControlPlane.start(OWNERS, place));
    await plane.startOwner("acl", aclEnv);
    await plane.startOwner("ca");
    return plane;
  };
  const initial = { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: ROOT };
  const one = await start("dc1", { accepts: { port, advertise: `127.0.0.1:${link.port}` } }, initial);
  link.leadTo(port);
  const two = await start("dc2", { joins: `nats-leaf://127.0.0.1:${link.port}` }, {});
  const dc1 = await one.startAgent("one", { ...ACLS, CAUSEWAY_ACL_DEFAULT_TOKEN: ROOT });
  const dc2 = await two.startAgent("two", ACLS);
  const as = (secret: string, method: string, path: string, body?: unknown) =>
    ask(dc2.base, method, `${path}${path.includes("?") ? "&" : "?"}token=${secret}`, body);

  const made = await as(ROOT, "PUT", "/v1/acl/token", { ServiceIdentities: [{ ServiceName: "web" }] });
  const { SecretID, AccessorID } = made.json as Record<string, string>;
  expect((await as(SecretID ?? "", "GET", "/v1/acl/token/self")).json).toEqual(made.json);
  const nodes = async (query: string) => (await ask(dc2.base, "GET", `/v1/catalog/nodes?${query}`)).json;
  // The agent over there hears of the token by itself.
  await eventually(async () => expect(await nodes(`dc=dc1&token=${SecretID}`)).toMatchObject([{ Node: "one" }]));
  // The default token of an agent over there is for its own clients.
  expect(await nodes("dc=dc1")).toEqual([]);
  expect((await ask(dc1.base, "GET", "/v1/catalog/nodes")).json).toMatchObject([{ Node: "one" }]);

  const local = await as(ROOT, "PUT", "/v1/acl/token", { ServiceIdentities: [{ ServiceName: "web" }], Local: true });
  const { SecretID: localSecret = "" } = local.json as Record<string, string>;
  expect(await nodes(`token=${localSecret}`)).toMatchObject([{ Node: "two" }]);
  expect(await ask(dc2.base, "GET", `/v1/catalog/nodes?dc=dc1&token=${localSecret}`)).toMatchObject({
    status: 403,
    text: "ACL not found",
  });

  link.cut("broken");
  expect(await nodes(`token=${SecretID}`)).toMatchObject([{ Node: "two" }]);
  const refused = await as(ROOT, "DELETE", `/v1/acl/token/${AccessorID}`);
  expect(refused.status).toBe(500);
  expect((await as(ROOT, "GET", "/v1/acl/replication")).json).toMatchObject({ Enabled: true, SourceDatacenter: "dc1" });
});
