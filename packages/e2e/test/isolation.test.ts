import { eventually } from "@causeway/testkit";
import { afterAll, expect, test } from "vitest";
import { dialledBy, LOOPBACK, loopbackPlace, NetworkNamespace, openTcp, type Place, SERVICES } from "../src/index.ts";
import { reach, sharedTwo, soonAcross, startService } from "./two-datacenters.ts";

const NUMBERS = { dc1: 1, dc2: 2 } as const;
type Name = keyof typeof NUMBERS;

// Where the machine allows, each datacenter is in a network namespace, and its mesh gateway outside of it.
const namespaces = { dc1: await NetworkNamespace.make(NUMBERS.dc1), dc2: await NetworkNamespace.make(NUMBERS.dc2) };
afterAll(() => Promise.all(Object.values(namespaces).map((namespace) => namespace?.[Symbol.asyncDispose]())));
const namespaced = namespaces.dc1 !== undefined && namespaces.dc2 !== undefined;
console.info(`Isolation is proved by ${namespaced ? "network namespaces and " : ""}the connections of each process`);

const placeOf = (name: Name): Place => namespaces[name]?.place ?? loopbackPlace(NUMBERS[name]);
/** The only address beyond a datacenter's own that its processes may dial. */
const outsideOf = (name: Name) => namespaces[name]?.outside ?? LOOPBACK.host;
/** Where a datacenter's mesh gateway runs: it is what reaches the other one. */
const gatewayPlaceOf = (name: Name) => ({ ...LOOPBACK, host: namespaces[name]?.outside ?? placeOf(name).host });

/** What processes of a datacenter have dialled that is none of its own, nor just outside of it; known only of namespaces. */
async function strays(name: Name): Promise<readonly string[]> {
  return (await namespaces[name]?.strays()) ?? [];
}

const facts = sharedTwo(
  async ({ dc1, dc2 }, resources) => {
    const upstream = { destination: "s2", datacenter: "dc2" } as const;
    const started = await Promise.all([
      dc1.startMeshGateway("gateway-dc1", { place: gatewayPlaceOf("dc1") }),
      dc2.startMeshGateway("gateway-dc2", { place: gatewayPlaceOf("dc2") }),
      dc1.startSidecar("s1", { upstreams: [{ ...upstream, meshGateway: "local" }] }),
      startService(dc2, "s2", "s2-of-dc2", { address: outsideOf("dc2") }),
    ]);
    for (const each of started) resources.use(each);
    const [gateway1, gateway2, s1, s2] = started;
    return { gateway1, gateway2, s1, s2 };
  },
  { placeOf, linkHostOf: outsideOf },
);

test("a sidecar in mode local dials its NATS server and its own datacenter's mesh gateway, and nothing else", async () => {
  const { dc1, gateway1, s1 } = facts();
  using _open = await soonAcross(() => reach(s1.upstream("s2"), "s2-of-dc2", placeOf("dc1").local));
  const nats = `${dc1.nats.host}:${dc1.nats.port}`;
  const gateway = `${gatewayPlaceOf("dc1").host}:${gateway1.port}`;
  expect(await dialledBy(s1.program.pid)).toEqual([nats, gateway].toSorted());
  expect(await strays("dc1")).toEqual([]);
});

test("a secondary's control plane dials nothing but its own NATS server, which dials nothing but its link", async () => {
  const { datacenters, dc1, dc2 } = facts();
  await soonAcross(() => dc2.agent.writeEntry({ Kind: "service-defaults", Name: "written-in-dc2" }));
  await soonAcross(() => dc1.agent.get("/v1/config/service-defaults/written-in-dc2"));
  await soonAcross(async () => expect(await dc2.agent.get("/v1/catalog/service/s1?dc=dc1")).toHaveLength(1));
  await dc2.agent.get("/v1/agent/connect/ca/leaf/anybody");

  const nats = `${dc2.nats.host}:${dc2.nats.port}`;
  for (const service of SERVICES.filter((name) => name !== "agent")) {
    expect([service, await dialledBy(dc2.pid(service))]).toEqual([service, [nats]]);
  }
  // The agent's health checks come and go between its connections.
  await eventually(async () => expect(await dialledBy(dc2.pid("agent"))).toEqual([nats]));
  const link = datacenters.link("dc2");
  expect(await dialledBy(dc2.nats.pid)).toEqual([`${link.host}:${link.port}`]);
  expect(await strays("dc2")).toEqual([]);
});

// Last, since it does what must not be done: a proof that cannot fail proves nothing.
test("the same sidecar in another mode is found out", async () => {
  const { s1 } = facts();
  for (const [mode, host] of [
    ["remote", gatewayPlaceOf("dc2").host],
    ["none", placeOf("dc2").host],
  ] as const) {
    await s1.setMode("s2", mode);
    if (namespaced) {
      // It cannot get there, and need not be waited for.
      await soonAcross(async () => {
        using _attempt = await openTcp(s1.upstream("s2"), placeOf("dc1").local);
        expect(await strays("dc1")).toContain(host);
      });
    } else {
      await soonAcross(async () => {
        using _open = await reach(s1.upstream("s2"), "s2-of-dc2");
        expect(await dialledBy(s1.program.pid)).toContainEqual(expect.stringMatching(`^${host}:`));
      });
    }
  }
});
