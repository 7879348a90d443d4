import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { ACROSS_DATACENTERS_MS, type MeshGateway, type MeshGatewayMode, type UpstreamOptions } from "../src/index.ts";
import { expectOutOfReach, reach, sharedTwo, soonAcross, startService, wayTo } from "./two-datacenters.ts";

/** Proxies ask for a new leaf at a moment of their own within so long of a new root. */
const RENEWAL_MS = 30_000;

const UPSTREAMS: readonly UpstreamOptions[] = [
  { destination: "s2", datacenter: "dc2" },
  { destination: "database", datacenter: "dc2", meshGateway: "local" },
  { destination: "s3", meshGateway: "remote" },
];

const facts = sharedTwo(async ({ dc1, dc2 }, resources) => {
  const gateways: Record<string, MeshGateway> = {};
  const started = await Promise.all([
    startService(dc2, "s2", "s2-of-dc2"),
    dc2.startMeshGateway("gateway-dc2"),
    dc2.startTerminatingGateway("outside-dc2"),
    startTcpEcho({ greeting: "database-of-dc2 " }),
    dc1.startSidecar("s1", { upstreams: UPSTREAMS }),
  ]);
  for (const each of started) resources.use(each);
  const [s2, dc2Gateway, terminating, database, s1] = started;
  gateways["dc2"] = dc2Gateway;
  const startGatewayOfDc1 = async () => {
    gateways["dc1"] = resources.use(await dc1.startMeshGateway("gateway-dc1"));
  };
  return { gateways, startGatewayOfDc1, s1, s2, terminating, database };
});

/** Expects that a new conversation with `greeting`, by that upstream of s1, takes its way through just these datacenters' gateways. */
function expectWay(upstream: string, greeting: string, ...through: readonly string[]): Promise<void> {
  const { s1, gateways } = facts();
  return soonAcross(async () =>
    expect((await wayTo(s1.upstream(upstream), greeting, gateways)).toSorted()).toEqual(through),
  );
}

/** Expects the same of s2 of dc2, once that upstream has a mode of its own. */
async function expectWayInMode(mode: MeshGatewayMode | undefined, ...through: readonly string[]): Promise<void> {
  await facts().s1.setMode("s2", mode);
  await expectWay("s2", "s2-of-dc2", ...through);
}

test("gateways-remote: without a gateway of its own, a sidecar reaches another datacenter by a gateway there", async () => {
  await expectWayInMode("remote", "dc2");
});

test("without a gateway of its own, a sidecar in mode local reaches nothing, and says why", async () => {
  const { s1 } = facts();
  await s1.setMode("s2", "local");
  await soonAcross(async () => {
    await expectOutOfReach(s1.upstream("s2"), "s2-of-dc2");
    const { unavailable } = await s1.admin.routes();
    expect(unavailable).toContainEqual({
      name: `s2:127.0.0.1:${s1.upstream("s2")}`,
      reason: expect.stringContaining("no mesh gateway"),
    });
  });
});

test("in mode none, and where no mode is set, a sidecar dials the other datacenter by itself", async () => {
  await expectWayInMode("none");
  await expectWayInMode(undefined);
});

test("gateways-local: a sidecar reaches another datacenter by a gateway of its own and one there", async () => {
  await facts().startGatewayOfDc1();
  await expectWayInMode("local", "dc1", "dc2");
  await expectWayInMode("remote", "dc2");
  await expectWayInMode("none");
});

test("the mode of an upstream that sets none comes from service-defaults, else from proxy-defaults", async () => {
  const { dc1 } = facts();
  const write = (Kind: string, Name: string, Mode: MeshGatewayMode) =>
    dc1.agent.writeEntry({ Kind, Name, MeshGateway: { Mode } });
  await write("proxy-defaults", "global", "local");
  await expectWayInMode(undefined, "dc1", "dc2");
  await write("service-defaults", "s1", "remote");
  await expectWayInMode(undefined, "dc2");
  await expectWayInMode("local", "dc1", "dc2");
  await write("service-defaults", "s1", "none");
  await expectWayInMode(undefined);
  for (const path of ["service-defaults/s1", "proxy-defaults/global"]) await dc1.agent.delete(`/v1/config/${path}`);
});

test("redirect-tcp to another datacenter: an upstream leads where the resolver says", async () => {
  const { dc1 } = facts();
  const Redirect = { Service: "s2", Datacenter: "dc2" };
  await dc1.agent.writeEntry({ Kind: "service-resolver", Name: "s3", Redirect });
  await expectWay("s3", "s2-of-dc2", "dc2");
});

test("a database outside the mesh of the other datacenter is reached through three gateways, under intentions", async () => {
  const { dc1, dc2, s1, terminating, database } = facts();
  await dc2.agent.registerExternal({ service: "database", port: database.port });
  await terminating.link({ Name: "database" });
  await expectWay("database", "database-of-dc2", "dc1", "dc2");
  using open = await reach(s1.upstream("database"), "database-of-dc2");
  const carriedNow = await terminating.admin.connections();
  expect(carriedNow).toContainEqual(expect.objectContaining({ source: "s1", destination: "database" }));

  await dc1.agent.intention("s1", "database", "deny");
  await soonAcross(() => open.closed);
  await expectOutOfReach(s1.upstream("database"), "database-of-dc2");
  await dc1.agent.deleteIntention("s1", "database");
  await expectWay("database", "database-of-dc2", "dc1", "dc2");
});

test("multidc-rsa-ca: with RSA keys in the configuration of the CA, the datacenters reach each other as before", async () => {
  const { dc1, dc2 } = facts();
  const before = await dc2.trust();
  await dc1.agent.put("/v1/connect/ca/configuration", {
    Provider: "consul",
    Config: { PrivateKeyType: "rsa", PrivateKeyBits: 2048 },
  });
  type Roots = { readonly Roots: readonly { readonly Active: boolean; readonly PrivateKeyType: string }[] };
  for (const { agent } of [dc1, dc2]) {
    await eventually(async () => {
      const { Roots } = await agent.get<Roots>("/v1/connect/ca/roots");
      expect(Roots.find(({ Active }) => Active)).toMatchObject({ PrivateKeyType: "rsa" });
    });
  }
  const after = await dc2.trust();
  expect(after.activeRootId).not.toBe(before.activeRootId);
  const { s1, s2 } = facts();
  await eventually(
    async () => {
      for (const { admin } of [s1, s2.sidecar]) {
        for (const { rootId } of await admin.leaves()) expect(rootId).toBe(after.activeRootId);
      }
    },
    { timeoutMs: RENEWAL_MS + ACROSS_DATACENTERS_MS },
  );
  await expectWayInMode("local", "dc1", "dc2");
});
