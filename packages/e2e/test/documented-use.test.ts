import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { eventually, startTcpEcho, temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { call, dialMesh, IN_DATACENTER_MS, openTcp, reservePort, startHttpServer } from "../src/index.ts";
import { callSoon, echoSoon, shared } from "./support.ts";

const facts = shared(async (_mesh, resources) => ({ files: resources.use(await temporaryDirectory()) }));

/** Runs a command that must succeed, with a file of this content as its last argument if there is one. */
async function causeway(command: string, content?: string): Promise<string> {
  const { mesh, files } = facts();
  const file = content === undefined ? [] : [await files.write("given.hcl", content)];
  const { status, out, err } = await mesh.causeway(...command.split(" "), ...file);
  expect({ command, status, err }).toEqual({ command, status: 0, err: "" });
  return out;
}

/** An interface of this machine with its IPv4 address: eth0, or where there is none, the loopback interface. */
function anInterface(): { readonly name: string; readonly address: string } {
  for (const name of ["eth0", "lo"]) {
    const found = networkInterfaces()[name]?.find(({ family }) => family === "IPv4");
    if (found !== undefined) return { name, address: found.address };
  }
  throw new Error("this machine has neither eth0 nor lo");
}

type ServiceNode = {
  readonly ServiceKind: string;
  readonly ServiceAddress: string;
  readonly ServicePort: number;
  readonly ServiceProxy: Readonly<Record<string, unknown>>;
};

test("a terminating gateway is run and used in the four steps of Consul's documentation", async () => {
  const { mesh } = facts();
  const { name, address } = anInterface();
  const [port, sidecarPort, local] = await Promise.all([reservePort(), reservePort(), reservePort()]);
  await using billing = await startHttpServer("billing");

  const template = `{{ GetInterfaceIP "${name}" }}:${port}`;
  const connectEnvoy = ["envoy", "-gateway=terminating", "-register", "-service", "us-west-gateway"];
  await using gateway = await mesh.startConnect("us-west-gateway", ...connectEnvoy, "-address", template);
  expect(gateway.output()).toContain("Registered service: us-west-gateway");
  const registered = await mesh.agent.get<readonly ServiceNode[]>("/v1/catalog/service/us-west-gateway");
  expect(registered).toEqual([
    expect.objectContaining({ ServiceKind: "terminating-gateway", ServiceAddress: address, ServicePort: port }),
  ]);
  const socket = connect(port, address);
  await once(socket, "connect");
  socket.destroy();

  await mesh.agent.put("/v1/catalog/register", {
    Node: "hashicorp",
    Address: "127.0.0.1",
    NodeMeta: { "external-node": "true", "external-probe": "true" },
    Service: { ID: "billing1", Service: "billing", Port: billing.port },
  });
  await causeway(
    "config write",
    'Kind = "terminating-gateway"\nName = "us-west-gateway"\nServices = [\n  {\n    Name = "billing"\n  }\n]\n',
  );
  await causeway("intention create -deny * *");
  await causeway("intention create -allow web billing");
  await causeway(
    "services register",
    `service {
      name = "web"
      port = 8181
      connect {
        sidecar_service {
          port = ${sidecarPort}
          proxy {
            upstreams = [
              {
                destination_name = "billing"
                local_bind_port = ${local}
              }
            ]
          }
        }
      }
    }`,
  );
  await using _sidecar = await mesh.startConnect("web", "envoy", "-sidecar-for", "web");
  expect(await callSoon(local)).toMatchObject({ server: "billing" });

  await causeway("intention delete web billing");
  await eventually(() => expect(call(local)).rejects.toThrow(), { timeoutMs: IN_DATACENTER_MS });
  await causeway("intention delete * *");
});

describe("an external service on a node of its own", () => {
  test("survives the agent's anti-entropy", async () => {
    const { mesh } = facts();
    await mesh.agent.registerExternal({ service: "elsewhere", port: 1 });
    await mesh.restart("agent");
    expect(await mesh.agent.get("/v1/catalog/service/elsewhere")).toHaveLength(1);
  });

  test("is deleted by it, and warned of, where the node is an agent's", async () => {
    const { mesh } = facts();
    const [own] = await mesh.agent.get<readonly { readonly Node: string }[]>("/v1/catalog/service/consul");
    const body = { Node: own?.Node, Address: "127.0.0.1", Service: { Service: "misplaced", Port: 1 } };
    const url = `${mesh.agent.url}/v1/catalog/register`;
    const response = await fetch(url, { method: "PUT", body: JSON.stringify(body) });
    expect(await response.text()).toMatch(/^true\n?$/);
    expect(response.headers.get("x-causeway-warning")).toContain("anti-entropy will delete this registration");
    await mesh.restart("agent");
    await eventually(async () => expect(await mesh.agent.get("/v1/catalog/service/misplaced")).toEqual([]), {
      timeoutMs: IN_DATACENTER_MS,
    });
  });
});

describe("Consul's own acceptance cases", () => {
  test("a gateway without services listens all the same", async () => {
    await using gateway = await facts().mesh.startTerminatingGateway("idle-gateway");
    using conversation = await openTcp(gateway.port);
    expect(conversation.socket.readyState).toBe("open");
    expect(await gateway.admin.routes()).toMatchObject({ listeners: [{ bound: true }], routes: [] });
  });

  test("a service without a sidecar, registered with the agent, is reached through the gateway", async () => {
    const { mesh } = facts();
    await using echo = await startTcpEcho();
    await using gateway = await mesh.startTerminatingGateway("simple-gateway");
    await using s1 = await mesh.startSidecar("s1", { upstreams: ["s2-simple"] });
    await causeway("services register", `service { name = "s2-simple" port = ${echo.port} }`);
    await gateway.link({ Name: "s2-simple" });
    await echoSoon(s1.upstream("s2-simple"));
    const { routes } = await gateway.admin.routes();
    expect(routes).toMatchObject([{ name: "s2-simple", endpoints: [{ port: echo.port, healthy: true }] }]);
  });

  test("a service whose address is a host name is reached through the gateway", async () => {
    const { mesh } = facts();
    await using s4 = await startHttpServer("s4");
    await using gateway = await mesh.startTerminatingGateway("hostname-gateway");
    await using s1 = await mesh.startSidecar("s1", { upstreams: ["s4"] });
    await causeway("services register", `service { name = "s4" address = "localhost" port = ${s4.port} }`);
    await gateway.link({ Name: "s4" });
    expect(await callSoon(s1.upstream("s4"))).toMatchObject({ server: "s4" });
    expect((await gateway.admin.routes()).routes).toMatchObject([{ endpoints: [{ address: "localhost" }] }]);
  });

  test("subsets: the default one answers, and each is asked for by a name of its own", async () => {
    const { mesh } = facts();
    await using v1 = await startHttpServer("s2-v1");
    await using v2 = await startHttpServer("s2-v2");
    await using gateway = await mesh.startTerminatingGateway("subset-gateway");
    await using s1 = await mesh.startSidecar("s1", { upstreams: ["s2"] });
    for (const [version, { port }] of Object.entries({ v1, v2 })) {
      await causeway(
        "services register",
        `service { name = "s2" id = "s2-${version}" port = ${port} meta = { version = "${version}" } }`,
      );
    }
    await causeway(
      "config write",
      `kind           = "service-resolver"
       name           = "s2"
       default_subset = "v1"
       subsets = {
         "v1" = {
           only_passing = true
           filter       = "Service.Meta.version == v1"
         }
         "v2" = {
           only_passing = true
           filter       = "Service.Meta.version == v2"
         }
       }`,
    );
    await gateway.link({ Name: "s2" });

    // Each of the two hears of the instances, of the resolver and of the link by itself.
    await eventually(
      async () => {
        const upstream = (await s1.admin.routes()).routes.find(({ name }) => name === "v1.s2");
        expect(upstream?.endpoints).toMatchObject([{ port: gateway.port, healthy: true }]);
        const { routes } = await gateway.admin.routes();
        expect(routes.map(({ name, endpoints }) => [name, endpoints.map(({ port }) => port)])).toEqual([
          ["s2", [v1.port]],
          ["v1.s2", [v1.port]],
          ["v2.s2", [v2.port]],
        ]);
      },
      { timeoutMs: IN_DATACENTER_MS },
    );
    expect(await callSoon(s1.upstream("s2"))).toMatchObject({ server: "s2-v1" });
    const [trust, identity] = await Promise.all([mesh.trust(), mesh.identity("s1")]);
    for (const version of ["v1", "v2"]) {
      using conversation = dialMesh({ port: gateway.port, service: `${version}.s2`, trust, identity });
      expect(await conversation.ask("GET / HTTP/1.0\r\n\r\n")).toContain(`"server":"s2-${version}"`);
    }
  });
});

describe("the proxy definitions of Consul's documentation are taken as they are written", () => {
  const PROXIES = [
    {
      fact: "a proxy registered by itself, with its own mesh gateway mode",
      definition: `service {
        name = "web-sidecar-proxy"
        kind = "connect-proxy"
        port = 8181
        proxy {
          destination_service_name = "web"
          mesh_gateway {
            mode = "remote"
          }
          upstreams = [
            {
              destination_name = "api"
              datacenter = "secondary"
              local_bind_port = 10000
            }
          ]
        }
      }`,
      proxy: {
        DestinationServiceName: "web",
        MeshGateway: { Mode: "remote" },
        Upstreams: [{ DestinationName: "api", Datacenter: "secondary", LocalBindPort: 10_000 }],
      },
    },
    {
      fact: "the same inline with the service",
      definition: `service {
        name = "web"
        port = 8181
        connect {
          sidecar_service {
            proxy {
              mesh_gateway {
                mode = "remote"
              }
              upstreams = [
                {
                  destination_name = "api"
                  datacenter = "secondary"
                  local_bind_port = 10000
                }
              ]
            }
          }
        }
      }`,
      proxy: {
        DestinationServiceName: "web",
        DestinationServiceID: "web",
        LocalServicePort: 8181,
        MeshGateway: { Mode: "remote" },
        Upstreams: [{ DestinationName: "api", Datacenter: "secondary", LocalBindPort: 10_000 }],
      },
    },
    {
      fact: "a mode for each upstream, and a comma after the last",
      definition: `service {
        name = "web-sidecar-proxy"
        kind = "connect-proxy"
        port = 8181
        proxy {
          destination_service_name = "web"
          upstreams = [
            {
              destination_name = "api"
              local_bind_port = 10000
              mesh_gateway {
                mode = "remote"
              }
            },
            {
              destination_name = "db"
              local_bind_port = 10001
              mesh_gateway {
                mode = "local"
              }
            },
            {
              destination_name = "logging"
              local_bind_port = 10002
              mesh_gateway {
                mode = "none"
              }
            },
          ]
        }
      }`,
      proxy: {
        Upstreams: [
          { DestinationName: "api", LocalBindPort: 10_000, MeshGateway: { Mode: "remote" } },
          { DestinationName: "db", LocalBindPort: 10_001, MeshGateway: { Mode: "local" } },
          { DestinationName: "logging", LocalBindPort: 10_002, MeshGateway: { Mode: "none" } },
        ],
      },
    },
  ];
  test.each(PROXIES)("$fact", async ({ definition, proxy }) => {
    const { mesh } = facts();
    await causeway("services register", definition);
    const { Proxy: shown } = await mesh.agent.get<{ Proxy: unknown }>("/v1/agent/service/web-sidecar-proxy");
    expect(shown).toMatchObject(proxy);
    await eventually(async () => {
      const [found] = await mesh.agent.get<readonly ServiceNode[]>("/v1/catalog/service/web-sidecar-proxy");
      expect(found?.ServiceProxy).toMatchObject(proxy);
    });
  });

  const ENTRIES = [
    {
      entry: 'Kind = "proxy-defaults"\nName = "global"\nMeshGateway {\n  Mode = "local"\n}\n',
      path: "proxy-defaults/global",
    },
    {
      entry: 'Kind = "service-defaults"\nName = "web"\nMeshGateway {\n  Mode = "local"\n}\n',
      path: "service-defaults/web",
    },
  ];
  test.each(ENTRIES)("the config entry $path", async ({ entry, path }) => {
    expect(await causeway("config write", entry)).toBe(`Config entry written: ${path}`);
    expect(await facts().mesh.agent.get(`/v1/config/${path}`)).toMatchObject({ MeshGateway: { Mode: "local" } });
  });
});

test("an operator sees in one place why an upstream has no listener", async () => {
  const { mesh } = facts();
  await using web = await mesh.startSidecar("s9", { upstreams: ["nobody-provides-this"] });
  const { unavailable } = await web.admin.routes();
  expect(unavailable).toContainEqual({
    name: expect.stringContaining("nobody-provides-this"),
    reason: "nobody-provides-this: no instance takes mesh connections for it",
  });
});
