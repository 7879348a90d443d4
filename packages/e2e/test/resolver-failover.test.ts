import { expect, test } from "vitest";
import type { ConfigEntry } from "../src/index.ts";
import { reach, sharedTwo, soonAcross, startService, wayTo } from "./two-datacenters.ts";

const facts = sharedTwo(async ({ dc1, dc2 }, resources) => {
  const started = await Promise.all([
    startService(dc1, "s2", "s2-of-dc1", { checkInterval: "1s" }),
    startService(dc1, "s4", "s4-of-dc1"),
    startService(dc2, "s2", "s2-of-dc2"),
    dc2.startMeshGateway("gateway-dc2"),
    dc1.startSidecar("s1", { upstreams: ["s2", "s3", "s5"] }),
  ]);
  for (const each of started) resources.use(each);
  const [ownS2, , , gateway, s1] = started;
  return { ownS2, gateway, s1 };
});

function write(entry: ConfigEntry): Promise<void> {
  return facts().dc1.agent.writeEntry(entry);
}

type HealthRow = { readonly Checks: readonly { readonly Name: string; readonly Status: string }[] };

/** Resolves when the check whether s2's sidecar of dc1 listens has that status. */
async function listeningCheckBecomes(status: string): Promise<void> {
  await soonAcross(async () => {
    const [row] = await facts().dc1.agent.get<readonly HealthRow[]>("/v1/health/service/s2-sidecar-proxy");
    expect(row?.Checks).toContainEqual(expect.objectContaining({ Name: "Connect Sidecar Listening", Status: status }));
  });
}

test.each([
  { mode: "none", through: [] },
  { mode: "remote", through: ["dc2"] },
])(
  "resolver failover, gateways-$mode: another datacenter serves while a service's sidecar is gone, and no longer",
  async ({ mode, through }) => {
    const { s1, ownS2, gateway } = facts();
    const expectServed = (greeting: string, by: readonly string[]) =>
      soonAcross(async () => expect(await wayTo(s1.upstream("s2"), greeting, { dc2: gateway })).toEqual(by));
    await write({ Kind: "service-defaults", Name: "s2", MeshGateway: { Mode: mode } });
    await write({ Kind: "service-resolver", Name: "s2", Failover: { "*": { Datacenters: ["dc2"] } } });
    await expectServed("s2-of-dc1", []);
    await soonAcross(async () => {
      const { routes } = await s1.admin.routes();
      const targets = routes.find(({ name }) => name.startsWith("s2"));
      expect([targets, ...(targets?.failover ?? [])]).toMatchObject([
        { endpoints: [{ healthy: true }] },
        { endpoints: [{ healthy: true }] },
      ]);
    });

    await ownS2.sidecar.program.kill9();
    await expectServed("s2-of-dc2", through);
    await listeningCheckBecomes("critical");
    await expectServed("s2-of-dc2", through);

    await ownS2.sidecar.program.restart();
    await listeningCheckBecomes("passing");
    await expectServed("s2-of-dc1", []);
  },
);

test("svc-failover: another service of the datacenter stands in for one that nobody provides", async () => {
  const { s1 } = facts();
  await write({ Kind: "service-resolver", Name: "s3", Failover: { "*": { Service: "s4" } } });
  using _served = await soonAcross(() => reach(s1.upstream("s3"), "s4-of-dc1"));
});

test("redirect-tcp: an upstream leads to the service that its resolver redirects to", async () => {
  const { dc1, s1 } = facts();
  await write({ Kind: "service-resolver", Name: "s5", Redirect: { Service: "s4" } });
  using _served = await soonAcross(() => reach(s1.upstream("s5"), "s4-of-dc1"));
  await dc1.agent.delete("/v1/config/service-resolver/s5");
});

test("subset-onlypassing: an instance with a warning counts as unhealthy as long as the resolver says so", async () => {
  const { dc1, s1 } = facts();
  for (const [id, status] of Object.entries({ "s5-good": "pass", "s5-warned": "warn" })) {
    await dc1.agent.put("/v1/agent/service/register", {
      Name: "s5",
      ID: id,
      Port: 1,
      Connect: { SidecarService: { Check: { CheckID: `ttl-${id}`, Name: "by hand", TTL: "10m" } } },
    });
    await dc1.agent.put(`/v1/agent/check/${status}/ttl-${id}`);
  }
  const expectHealth = (...healthy: readonly boolean[]) =>
    soonAcross(async () => {
      const { routes } = await s1.admin.routes();
      const endpoints = routes.find(({ name }) => name.endsWith("s5"))?.endpoints ?? [];
      expect(endpoints.map((endpoint) => endpoint.healthy).toSorted()).toEqual(healthy);
    });
  await write({
    Kind: "service-resolver",
    Name: "s5",
    DefaultSubset: "test",
    Subsets: { test: { OnlyPassing: true } },
  });
  await expectHealth(false, true);
  await dc1.agent.delete("/v1/config/service-resolver/s5");
  await expectHealth(true, true);
});
