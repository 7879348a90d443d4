import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answered, ask } from "./control-plane.ts";
import { startTwoDatacenters, type TwoDatacenters } from "./two-datacenters.ts";

let two: TwoDatacenters;
let one: string;
let other: string;
beforeAll(async () => {
  two = await startTwoDatacenters();
  one = two.dc1.agent.base;
  other = two.dc2.agent.base;
  await eventually(async () => {
    for (const [base, dc] of [
      [one, "dc2"],
      [other, "dc1"],
    ] as const)
      expect((await ask(base, "GET", `/v1/catalog/nodes?dc=${dc}`)).status).toBe(200);
  });
});
afterAll(async () => await two?.[Symbol.asyncDispose]());

const get = (base: string, path: string) => ask(base, "GET", path);
const put = (base: string, path: string, body: unknown) => ask(base, "PUT", path, body);
const noPath = { status: 500, text: "No path to datacenter" };

/** All of an answer but when it was given. */
function same({ status, headers, text }: Answered) {
  const { date: _, ...rest } = Object.fromEntries(headers);
  return { status, headers: rest, text };
}

async function register(base: string, service: string, more: object = {}): Promise<void> {
  const Service = { Service: service, Port: 80 };
  expect((await put(base, "/v1/catalog/register", { Node: "n", Address: "10.0.0.1", Service, ...more })).json).toBe(
    true,
  );
}

describe("a read of another datacenter", () => {
  beforeAll(async () => {
    await register(one, "in-dc1");
    await register(other, "in-dc2");
  });

  const paths = [
    "/v1/catalog/nodes",
    "/v1/catalog/services",
    "/v1/catalog/service/in-dc2",
    "/v1/catalog/node/n",
    "/v1/catalog/gateway-services/none",
    "/v1/health/service/in-dc2?passing",
    "/v1/health/service/in-dc1",
    "/v1/health/state/any?pretty",
    "/v1/health/state/any?filter=Status==passing",
    "/v1/health/service/x?filter=nonsense",
    "/v1/health/service/",
    "/v1/config/mesh",
    "/v1/config/mesh/none",
    "/v1/config/nonsense/x",
    "/v1/connect/intentions",
    "/v1/connect/intentions/match?by=source&name=web",
    "/v1/connect/ca/roots",
    "/v1/connect/ca/roots?pem=true",
    "/v1/connect/ca/configuration",
    "/v1/discovery-chain/in-dc1",
    "/v1/internal/ui/services",
    "/v1/internal/ui/nodes",
    "/v1/internal/federation-states",
    "/v1/internal/federation-states/mesh-gateways",
    "/v1/internal/federation-state/dc2",
    "/v1/internal/federation-state/dc9",
    "/v1/status/leader",
    "/v1/status/peers",
  ];
  test.each(paths)("%s is what one is told there, header by header", async (path) => {
    const across = (dc: string) => `${path}${path.includes("?") ? "&" : "?"}dc=${dc}`;
    expect(same(await get(one, across("dc2")))).toEqual(same(await get(other, path)));
    expect(same(await get(other, across("dc1")))).toEqual(same(await get(one, path)));
  });

  test("waits for a change there, is woken by it, and by no change here", async () => {
    const { index } = await get(one, "/v1/health/service/polled?dc=dc2");
    let woken = false;
    const poll = get(one, `/v1/health/service/polled?dc=dc2&index=${index}&wait=30s`).finally(() => {
      woken = true;
    });
    await register(one, "polled");
    expect((await get(one, "/v1/health/service/polled")).json).toHaveLength(1);
    expect(woken).toBe(false);
    await register(other, "polled");
    const answer = await poll;
    expect(answer.json).toHaveLength(1);
    expect(answer.index).toBeGreaterThan(index);
    const unchanged = await get(one, `/v1/health/service/polled?dc=dc2&index=${answer.index}&wait=10ms`);
    expect(same(unchanged)).toEqual(same(answer));
  });

  test("arrives whole when it is larger than any message", async () => {
    const Meta = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`key-${at}`, "x".repeat(500)]));
    const large = Array.from({ length: 100 }, (_, at) => ({ Service: "large", ID: `large-${at}`, Port: 80, Meta }));
    for (const Service of large) await register(other, "large", { Service });
    const answer = await get(one, "/v1/catalog/service/large?dc=dc2");
    expect(answer.text.length).toBeGreaterThan(3_000_000);
    expect(same(answer)).toEqual(same(await get(other, "/v1/catalog/service/large")));
  });

  test("of one that there is not, or that is misspelt, has no path; a malformed wait is refused before", async () => {
    const refused = await get(one, "/v1/health/service/web?dc=dc9");
    expect(refused).toMatchObject(noPath);
    expect(refused.headers.get("x-consul-knownleader")).toBe("false");
    expect(await get(one, "/v1/catalog/nodes?dc=DC2")).toMatchObject(noPath);
    expect(await get(one, "/v1/catalog/nodes?dc=a.b*>")).toMatchObject(noPath);
    expect(await get(one, "/v1/catalog/nodes?dc=dc2&wait=x&index=1")).toMatchObject({ status: 400 });
    await two.dc1.agent.process.waitForLine((line) => line.includes("request for another datacenter failed"));
  });

  test("hands on the token and keeps it out of the logs", async () => {
    const headers = { "X-Consul-Token": "secret-token", Authorization: "Bearer secret-bearer" };
    const answer = await fetch(`${one}/v1/catalog/nodes?dc=dc2&token=secret-query`, { headers });
    expect(answer.status).toBe(200);
    await fetch(`${one}/v1/catalog/nodes?dc=dc9&token=secret-query`, { headers });
    for (const { agent } of [two.dc1, two.dc2]) expect(agent.process.output()).not.toContain("secret");
  });
});

test("members of all datacenters are a server of each, by the name of its datacenter", async () => {
  for (const base of [one, other]) {
    const { json } = await get(base, "/v1/agent/members?wan=1");
    const members = json as { Name: string; Status: number; Port: number; Tags: { dc: string } }[];
    const told = members.map(({ Name, Status, Port, Tags }) => [Name, Status, Port, Tags.dc]);
    expect(told.sort()).toEqual([
      ["dc1-agent.dc1", 1, 8302, "dc1"],
      ["dc2-agent.dc2", 1, 8302, "dc2"],
    ]);
  }
  expect((await get(one, "/v1/agent/members")).json).toMatchObject([{ Name: "dc1-agent", Port: 8301 }]);
});

test.each(["/v1/connect/ca/roots", "/v1/agent/connect/ca/roots"])(
  "%s lists what signs leaves in a datacenter that is not the primary one",
  async (path) => {
    const intermediates = async (base: string) => {
      const { Roots } = (await get(base, path)).json as { Roots: { IntermediateCerts: string[] | null }[] };
      return Roots.map(({ IntermediateCerts }) => IntermediateCerts);
    };
    expect(await intermediates(one)).toEqual([null]);
    const [[own = ""] = []] = (await intermediates(other)) as [string[]];
    const { CertPEM } = (await get(other, "/v1/agent/connect/ca/leaf/web")).json as { CertPEM: string };
    expect(own).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(CertPEM.endsWith(own)).toBe(true);
  },
);

describe("a registration", () => {
  test("goes to the datacenter that it names", async () => {
    await register(one, "sent", { Datacenter: "dc2" });
    expect((await get(other, "/v1/catalog/service/sent?consistent")).json).toMatchObject([{ Datacenter: "dc2" }]);
    expect((await get(one, "/v1/catalog/service/sent")).json).toEqual([]);
    const gone = { Datacenter: "dc2", Node: "n", ServiceID: "sent" };
    expect((await put(one, "/v1/catalog/deregister", gone)).json).toBe(true);
    expect((await get(other, "/v1/catalog/service/sent?consistent")).json).toEqual([]);
    const nowhere = { Node: "n", Address: "10.0.0.1", Datacenter: "dc9" };
    expect(await put(one, "/v1/catalog/register", nowhere)).toMatchObject(noPath);
  });
});

describe("what holds in every datacenter", () => {
  test("is written from any of them, and read there at once", async () => {
    const entry = { Kind: "service-defaults", Name: "everywhere", Protocol: "http" };
    expect((await put(other, "/v1/config", entry)).json).toBe(true);
    expect((await get(other, "/v1/config/service-defaults/everywhere")).json).toMatchObject(entry);
    expect((await get(one, "/v1/config/service-defaults/everywhere?consistent")).json).toMatchObject(entry);
    const intention = { SourceName: "a", DestinationName: "b", Action: "deny" };
    const { ID } = (await ask(other, "POST", "/v1/connect/intentions", intention)).json as { ID: string };
    expect((await get(other, `/v1/connect/intentions/${ID}`)).json).toMatchObject({ ID, Action: "deny" });
    const { text } = await get(one, "/v1/connect/intentions?consistent");
    expect((await get(other, "/v1/connect/intentions")).text).toBe(text);
  });

  test("shows at once in the catalog of the datacenter that it was written from", async () => {
    const entry = { Kind: "terminating-gateway", Name: "tgw", Services: [{ Name: "billing" }] };
    expect((await put(other, "/v1/config", entry)).json).toBe(true);
    expect((await get(other, "/v1/catalog/gateway-services/tgw")).json).toMatchObject([
      { Service: { Name: "billing" } },
    ]);
  });
});

describe("the datacenters", () => {
  test("are listed with one's own first", async () => {
    expect((await get(one, "/v1/catalog/datacenters")).json).toEqual(["dc1", "dc2"]);
    expect((await get(other, "/v1/catalog/datacenters?dc=dc1")).json).toEqual(["dc2", "dc1"]);
    expect((await get(other, "/v1/agent/self")).json).toMatchObject({
      Config: { Datacenter: "dc2", PrimaryDatacenter: "dc1" },
      DebugConfig: { PrimaryDatacenter: "dc1" },
      Stats: { consul: { known_datacenters: "2" } },
    });
  });

  test("tell how they are reached, and a change of that ends a wait", async () => {
    const { index, json } = await get(other, "/v1/internal/federation-states");
    expect(json).toEqual([
      expect.objectContaining({ Datacenter: "dc1", UpdatedAt: expect.any(String) }),
      expect.objectContaining({ Datacenter: "dc2" }),
    ]);
    const poll = get(other, `/v1/internal/federation-states/mesh-gateways?index=${index}&wait=30s`);
    const TaggedAddresses = { wan: { Address: "192.0.2.1", Port: 443 } };
    await register(one, "mesh-gateway", {
      Service: { Kind: "mesh-gateway", Service: "mesh-gateway", Port: 443, TaggedAddresses },
    });
    expect(await poll).toMatchObject({ json: { dc1: [{ Service: { TaggedAddresses } }] } });
    const { json: single, index: at } = await get(other, "/v1/internal/federation-state/dc1");
    expect(single).toEqual({
      State: {
        Datacenter: "dc1",
        MeshGateways: [expect.objectContaining({ Checks: [] })],
        UpdatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        PrimaryModifyIndex: at,
        CreateIndex: expect.any(Number),
        ModifyIndex: at,
      },
      Index: at,
      LastContact: 0,
      KnownLeader: true,
      ConsistencyLevel: "",
    });
    expect(await get(other, "/v1/internal/federation-state/dc9")).toMatchObject({ status: 404, text: "" });
    expect(await get(other, "/v1/internal/federation-state/")).toMatchObject({ status: 400 });
  });
});

describe.each(["silent", "broken"] as const)("a link that is cut (%s)", (how) => {
  test("ends waits, fails writes, leaves reads alone, and all is current soon after its return", async () => {
    const entry = { Kind: "service-defaults", Name: how, Protocol: "http" };
    expect((await put(other, "/v1/config", entry)).json).toBe(true);
    const { index } = await get(other, "/v1/catalog/services?dc=dc1");
    const poll = get(other, `/v1/catalog/services?dc=dc1&index=${index}&wait=600s`);
    // Whichever request is answered, those before it are on their way.
    await get(other, "/v1/status/leader?dc=dc1");

    two.link.cut(how);
    const refused = await put(other, "/v1/config", { ...entry, Protocol: "grpc" });
    expect(refused.status).toBe(500);
    expect(refused.text).toMatch(/^No path to datacenter: dc1, the primary one,/);
    expect(await poll).toMatchObject(noPath);
    expect((await put(other, "/v1/config", entry)).text).toMatch(/^No path to datacenter: dc1/);
    expect(await get(other, "/v1/catalog/nodes?dc=dc1")).toMatchObject(noPath);
    await eventually(async () => expect(await get(one, "/v1/catalog/nodes?dc=dc2")).toMatchObject(noPath));
    const member = { Name: "dc2-agent.dc2", Status: 4 };
    expect((await get(one, "/v1/agent/members?wan=1")).json).toContainEqual(expect.objectContaining(member));

    expect((await get(other, `/v1/config/service-defaults/${how}`)).json).toMatchObject(entry);
    await register(other, `beyond-${how}`);
    const changed = { ...entry, Protocol: "http2" };
    expect((await put(one, "/v1/config", changed)).json).toBe(true);

    two.link.restore();
    const current = async () => {
      expect((await get(other, `/v1/config/service-defaults/${how}`)).json).toMatchObject(changed);
      expect((await get(one, `/v1/catalog/service/beyond-${how}?dc=dc2`)).json).toHaveLength(1);
      expect((await put(other, "/v1/config", entry)).json).toBe(true);
    };
    await eventually(current);
  });
});
