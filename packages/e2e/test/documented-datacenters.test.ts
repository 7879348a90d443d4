import { networkInterfaces } from "node:os";
import { eventually, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  ACROSS_DATACENTERS_MS,
  IN_DATACENTER_MS,
  type Mesh,
  type MeshGateway,
  openTcp,
  reservePort,
  START_UP_MS,
  startDatacenters,
} from "../src/index.ts";
import { EACH_BY_ITSELF, type Told, WAYS } from "./documented-modes.ts";
import { soonAcross, startService, wayTo } from "./two-datacenters.ts";

const TEST_MS = START_UP_MS + 2 * ACROSS_DATACENTERS_MS;
vi.setConfig({ testTimeout: TEST_MS });

/** Datacenters by the names of Consul's documentation, api in the secondary one, and a mesh gateway in each. */
type Facts = {
  readonly primary: Mesh;
  readonly secondary: Mesh;
  readonly gateways: Readonly<Record<string, MeshGateway>>;
  readonly write: (name: string, content: string) => Promise<string>;
};

let facts: Facts;
const resources = new AsyncDisposableStack();
beforeAll(async () => {
  const datacenters = resources.use(await startDatacenters({ names: ["primary", "secondary"] }));
  const [primary, secondary] = [datacenters.mesh("primary"), datacenters.mesh("secondary")];
  const files = resources.use(await temporaryDirectory());
  const started = await Promise.all([
    primary.startMeshGateway("mesh-gateway"),
    secondary.startMeshGateway("mesh-gateway"),
    startService(secondary, "api", "api of the secondary"),
  ]);
  for (const each of started) resources.use(each);
  const [near, far] = started;
  const write = (name: string, content: string) => files.write(name, content);
  facts = { primary, secondary, gateways: { primary: near, secondary: far }, write };
}, TEST_MS);
afterAll(() => resources.disposeAsync(), TEST_MS);

/** Runs a command of the primary datacenter that must succeed, with a file of this content as its last argument. */
async function causeway(command: string, content: string): Promise<void> {
  const file = await facts.write("given.hcl", content);
  const { status, err } = await facts.primary.causeway(...command.split(" "), file);
  expect({ command, status, err }).toEqual({ command, status: 0, err: "" });
}

/** What `causeway connect upstreams` tells of a proxy. */
async function toldOf(proxyId: string): Promise<readonly Told[]> {
  const { out } = await facts.primary.causeway("connect", "upstreams", "-proxy-id", proxyId, "-format=json");
  return (JSON.parse(out) as Told[]).map(({ DestinationName, Mode, SetBy }) => ({ DestinationName, Mode, SetBy }));
}

describe("gateways are enabled as Consul's documentation says", () => {
  for (const { name, entry, service, told, through } of WAYS) {
    test(name, async () => {
      const { primary, gateways } = facts;
      const [publicPort, local] = [await reservePort(), await reservePort()];
      if (entry !== undefined) await causeway("config write", entry.text);
      await causeway("services register", service.replace("8181", `${publicPort}`).replace("10000", `${local}`));
      await using _sidecar = await primary.startConnect("web", "envoy", "-proxy-id", "web-sidecar-proxy");
      expect(await toldOf("web-sidecar-proxy")).toEqual([{ DestinationName: "api", ...told }]);
      await soonAcross(async () =>
        expect((await wayTo(local, "api of the secondary", gateways)).toSorted()).toEqual(through),
      );
      if (entry !== undefined) await primary.agent.delete(`/v1/config/${entry.path}`);
    });
  }

  test("for each upstream of a proxy by itself", async () => {
    await causeway("services register", EACH_BY_ITSELF);
    const SetBy = "the upstream itself";
    expect(await toldOf("web-sidecar-proxy")).toEqual([
      { DestinationName: "api", Mode: "remote", SetBy },
      { DestinationName: "db", Mode: "local", SetBy },
      { DestinationName: "logging", Mode: "none", SetBy },
    ]);
  });
});

/** An interface of this machine with its IPv4 address: eth0, or where there is none, the loopback interface. */
function anInterface(): { readonly name: string; readonly address: string } {
  for (const name of ["eth0", "lo"]) {
    const found = networkInterfaces()[name]?.find(({ family }) => family === "IPv4");
    if (found !== undefined) return { name, address: found.address };
  }
  throw new Error("this machine has neither eth0 nor lo");
}

/** Resolves when something listens there. */
async function expectListening(host: string, port: number): Promise<void> {
  using _conversation = await openTcp(port, host);
}

type State = {
  readonly State: {
    readonly MeshGateways: readonly {
      readonly Service: { readonly ID: string; readonly TaggedAddresses: Readonly<Record<string, unknown>> };
      readonly Checks: readonly { readonly CheckID: string; readonly Status: string }[];
    }[];
  };
};

/** Expects that the secondary datacenter knows a mesh gateway of the primary one by this WAN address, and that it listens. */
function expectKnownElsewhere(id: string, wan: { readonly Address: string; readonly Port: number }): Promise<void> {
  return soonAcross(async () => {
    const { State } = await facts.secondary.agent.get<State>("/v1/internal/federation-state/primary");
    const { Service, Checks } = State.MeshGateways.find(({ Service: { ID } }) => ID === id) ?? {};
    expect(Service?.TaggedAddresses["wan"]).toEqual(wan);
    expect(Checks).toContainEqual(expect.objectContaining({ CheckID: `service:${id}`, Status: "passing" }));
  });
}

describe("connect envoy -gateway=mesh -register", () => {
  const connect = ["envoy", "-gateway=mesh", "-register", "-service"];

  test("takes go-sockaddr templates, listens on the LAN and the WAN address, and has its admin port where it is told", async () => {
    const { primary } = facts;
    const { name, address } = anInterface();
    const [lan, wan, admin] = [await reservePort(), await reservePort(), await reservePort()];
    const template = (port: number) => `{{ GetInterfaceIP "${name}" }}:${port}`;
    const flags = ["-address", template(lan), "-wan-address", template(wan), "-admin-bind", `localhost:${admin}`];
    await using gateway = await primary.startConnect("by-template", ...connect, "by-template", ...flags);
    expect(gateway.output()).toContain("Registered service: by-template");
    await expectListening(address, lan);
    await expectListening(address, wan);
    expect((await fetch(`http://127.0.0.1:${admin}/readyz`)).status).toBe(200);
    await expectKnownElsewhere("by-template", { Address: address, Port: wan });
    await primary.agent.put("/v1/agent/service/deregister/by-template");
  });

  test("binds what it is told to where the WAN address is another machine's", async () => {
    const { primary } = facts;
    const [first, second] = [await reservePort(), await reservePort()];
    const binds = ["-bind-address", `inside=127.0.0.1:${first}`, "-bind-address", `outside=127.0.0.1:${second}`];
    const flags = ["-address", `10.0.0.7:${first}`, "-wan-address", "203.0.113.7:443", ...binds];
    await using _gateway = await primary.startConnect("behind-nat", ...connect, "behind-nat", ...flags);
    await expectListening("127.0.0.1", first);
    await expectListening("127.0.0.1", second);
    await expectKnownElsewhere("behind-nat", { Address: "203.0.113.7", Port: 443 });
    await primary.agent.put("/v1/agent/service/deregister/behind-nat");
  });

  test("takes a host name as its WAN address", async () => {
    const { primary } = facts;
    const port = await reservePort();
    const flags = ["-address", `127.0.0.1:${port}`, "-wan-address", "gateway.primary.example.com:443"];
    await using _gateway = await primary.startConnect("by-name", ...connect, "by-name", ...flags);
    await eventually(() => expectListening("127.0.0.1", port), { timeoutMs: IN_DATACENTER_MS });
    await expectKnownElsewhere("by-name", { Address: "gateway.primary.example.com", Port: 443 });
    await primary.agent.put("/v1/agent/service/deregister/by-name");
  });
});
