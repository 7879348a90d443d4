import type { Cut } from "@causeway/testkit";
import { eventually } from "@causeway/testkit";
import { expect, test } from "vitest";
import { ACROSS_DATACENTERS_MS, type ApiAnswer, IN_DATACENTER_MS, type MeshGateway } from "../src/index.ts";
import { reach, sharedTwo, soonAcross, startService, wayTo } from "./two-datacenters.ts";

const facts = sharedTwo(async ({ dc1, dc2 }, resources) => {
  const started = await Promise.all([
    startService(dc1, "s2", "s2-of-dc1"),
    startService(dc2, "s2", "s2-of-dc2"),
    startService(dc2, "only-there", "only-in-dc2"),
    dc2.startSidecar("neighbour", { upstreams: ["s2"] }),
    dc2.startMeshGateway("gateway-dc2"),
    dc1.startSidecar("s1", {
      upstreams: ["s2", "only-there"].map((destination) => ({
        destination,
        datacenter: "dc2",
        meshGateway: "remote" as const,
      })),
    }),
  ]);
  for (const each of started) resources.use(each);
  const [, farS2, , neighbour, gateway, s1] = started;
  // What is in the other datacenter comes first.
  await dc1.agent.writeEntry({ Kind: "service-resolver", Name: "s2", Failover: { "*": { Datacenters: ["dc1"] } } });
  return { farS2, neighbour, gateways: { dc2: gateway as MeshGateway }, s1, resources };
});

/** Tries to write global state in dc2. */
function writeInDc2(name: string): Promise<ApiAnswer> {
  return facts().dc2.agent.ask("PUT", "/v1/config", { Kind: "service-defaults", Name: name });
}

test.each<Cut>(["silent", "broken"])(
  "while the link is cut (%s) both datacenters go on, and are current soon after",
  async (how) => {
    const { datacenters, dc1, dc2, s1, neighbour } = facts();
    const link = datacenters.link("dc2");
    await soonAcross(async () => expect(await writeInDc2(`before-${how}`)).toMatchObject({ status: 200 }));
    using across = await soonAcross(() => reach(s1.upstream("only-there"), "only-in-dc2"));
    using local = await soonAcross(() => reach(neighbour.upstream("s2"), "s2-of-dc2"));

    const attempts = link.acceptedConnections();
    link.cut(how);
    const refused = await eventually(async () => {
      const answer = await writeInDc2(`during-${how}`);
      expect(answer.status).toBe(500);
      return answer;
    });
    expect(refused.text).toContain("dc1");
    expect(await writeInDc2(`during-${how}`)).toMatchObject({ status: 500, text: expect.stringContaining("dc1") });

    await Promise.all([across.echo("still across"), local.echo("still local")]);
    using _newAcross = await reach(s1.upstream("only-there"), "only-in-dc2");
    using _newLocal = await reach(neighbour.upstream("s2"), "s2-of-dc2");
    expect(await dc2.agent.get(`/v1/config/service-defaults/before-${how}`)).toMatchObject({ Name: `before-${how}` });
    await dc1.agent.writeEntry({ Kind: "service-defaults", Name: `in-dc1-${how}` });
    await dc2.agent.registerExternal({ service: `in-dc2-${how}`, port: 1 });
    // NATS has noticed, and tries to join again in vain: from here on it is in the same state however long the cut lasts.
    await eventually(() => expect(link.acceptedConnections()).toBeGreaterThan(attempts), {
      timeoutMs: ACROSS_DATACENTERS_MS,
    });

    link.restore();
    await eventually(
      async () => {
        await dc2.agent.get(`/v1/config/service-defaults/in-dc1-${how}`);
        expect(await dc1.agent.get(`/v1/catalog/service/in-dc2-${how}?dc=dc2`)).toHaveLength(1);
        expect(await writeInDc2(`after-${how}`)).toMatchObject({ status: 200 });
      },
      { timeoutMs: IN_DATACENTER_MS },
    );
    await Promise.all([across.echo("across as before"), local.echo("local as before")]);
  },
);

test("when the other datacenter's mesh gateway is gone, a service at home stands in; it is used again at its new address", async () => {
  const { dc2, s1, gateways, resources } = facts();
  const served = (greeting: string, by: readonly string[]) => async () =>
    expect(await wayTo(s1.upstream("s2"), greeting, by.length === 0 ? {} : gateways)).toEqual(by);
  await soonAcross(served("s2-of-dc2", ["dc2"]));
  const before = gateways.dc2.wanAddress;

  await gateways.dc2.program.kill9();
  await eventually(served("s2-of-dc1", []), { timeoutMs: IN_DATACENTER_MS });

  gateways.dc2 = resources.use(await dc2.startMeshGateway("gateway-dc2"));
  expect(gateways.dc2.wanAddress).not.toBe(before);
  await soonAcross(served("s2-of-dc2", ["dc2"]));
});

// Last, since nothing is left of dc2 after it.
test("when all of the other datacenter is gone, a service at home stands in", async () => {
  const { dc1, dc2, s1, farS2, gateways } = facts();
  await Promise.all([dc2.kill9All(), gateways.dc2.program.kill9(), farS2.sidecar.program.kill9()]);
  const served = async () => {
    using _conversation = await reach(s1.upstream("s2"), "s2-of-dc1");
  };
  await eventually(served, { timeoutMs: IN_DATACENTER_MS });
  await dc1.agent.writeEntry({ Kind: "service-defaults", Name: "written-alone" });
  // What is known of dc2 is out of date by now, and still nobody waits for it.
  await eventually(async () => {
    const refused = await dc1.agent.ask("GET", "/v1/catalog/services?dc=dc2");
    expect(refused).toEqual({ status: 500, text: "No path to datacenter" });
  });
  await served();
});
