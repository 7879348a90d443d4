import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answered, ask, ControlPlane, type RunningAgent } from "./control-plane.ts";

let plane: ControlPlane;
let agent: RunningAgent;
let second: RunningAgent;
beforeAll(async () => {
  plane = await ControlPlane.start(["ca", "catalog", "config-entries", "intentions"]);
  [agent, second] = await Promise.all([plane.startAgent("one"), plane.startAgent("two")]);
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const get = (path: string) => ask(agent.base, "GET", path);
const put = (path: string, body?: unknown) => ask(agent.base, "PUT", path, body);
const register = (node: string, service: object, more: object = {}) =>
  put("/v1/catalog/register", { Node: node, Address: "10.0.0.1", Service: service, ...more });
const namesOf = ({ json }: Answered) => (json as { Service: { ID: string } }[]).map(({ Service }) => Service.ID);

describe("what was written", () => {
  test("is read at once, registration after registration", async () => {
    for (let port = 1; port <= 20; port++) {
      expect((await register("n-own", { Service: "own", Port: port })).json).toBe(true);
      expect((await get("/v1/catalog/service/own")).json).toMatchObject([{ ServicePort: port }]);
    }
  });

  test("is read at once where it follows from something else: a gateway's links", async () => {
    await register("n-gw", { Service: "tgw", Kind: "terminating-gateway", Port: 8443 });
    await register("n-ext", { Service: "billing", Port: 443 });
    await put("/v1/config", { Kind: "terminating-gateway", Name: "tgw", Services: [{ Name: "billing" }] });
    expect((await get("/v1/catalog/gateway-services/tgw")).json).toMatchObject([{ Service: { Name: "billing" } }]);
    expect(namesOf(await get("/v1/health/connect/billing"))).toEqual(["tgw"]);
    await ask(agent.base, "DELETE", "/v1/config/terminating-gateway/tgw");
    expect((await get("/v1/health/connect/billing")).json).toEqual([]);
  });

  test("is shown by another agent too", async () => {
    await register("n-both", { Service: "both", Port: 1 });
    await eventually(async () => {
      const seen = await ask(second.base, "GET", "/v1/catalog/service/both");
      expect(seen.json).toMatchObject([{ ServicePort: 1 }]);
    });
  });

  test("is in a consistent answer of another agent without waiting", async () => {
    for (let port = 1; port <= 10; port++) {
      await register("n-consistent", { Service: "fresh", Port: port });
      const seen = await ask(second.base, "GET", "/v1/catalog/service/fresh?consistent");
      expect(seen.json).toMatchObject([{ ServicePort: port }]);
    }
  });
});

describe("a long poll", () => {
  test("wakes for its own service and for no other", async () => {
    await register("n-poll", { Service: "polled", Port: 1 });
    const { index } = await get("/v1/health/service/polled");
    let woken = false;
    const poll = get(`/v1/health/service/polled?index=${index}&wait=20s`).then((answer) => {
      woken = true;
      return answer;
    });
    await register("n-poll2", { Service: "unrelated", Port: 1 });
    await get("/v1/health/service/unrelated");
    expect(woken).toBe(false);
    await register("n-poll", { Service: "polled", Port: 2 });
    const answer = await poll;
    expect(answer.index).toBeGreaterThan(index);
    expect(answer.json).toMatchObject([{ Service: { Port: 2 } }]);
  });

  test("wakes when a service's last instance goes, and its index does not go back", async () => {
    await register("n-last", { Service: "last", Port: 1 });
    const { index } = await get("/v1/health/service/last");
    const poll = get(`/v1/health/service/last?index=${index}&wait=20s`);
    await put("/v1/catalog/deregister", { Node: "n-last" });
    const answer = await poll;
    expect(answer.json).toEqual([]);
    expect(answer.index).toBeGreaterThan(index);
    expect((await get("/v1/health/service/last")).index).toBeGreaterThanOrEqual(answer.index);
  });

  test("for mesh connections wakes when a gateway is linked, and when its health changes", async () => {
    await register("n-lgw", { Service: "lgw", Kind: "terminating-gateway", Port: 8443 });
    const before = await get("/v1/health/connect/linked");
    const poll = get(`/v1/health/connect/linked?index=${before.index}&wait=20s`);
    await put("/v1/config", { Kind: "terminating-gateway", Name: "lgw", Services: [{ Name: "linked" }] });
    const linked = await poll;
    expect(namesOf(linked)).toEqual(["lgw"]);
    const next = get(`/v1/health/connect/linked?passing&index=${linked.index}&wait=20s`);
    await put("/v1/catalog/register", {
      Node: "n-lgw",
      Address: "10.0.0.1",
      Check: { CheckID: "up", Name: "up", Status: "critical", ServiceID: "lgw" },
    });
    expect((await next).json).toEqual([]);
  });

  test("that many ask alike is answered to each of them, and to each as it asked", async () => {
    await register("n-alike1", { Service: "alike", Port: 1, Tags: ["a"] });
    const { index } = await get("/v1/health/service/alike");
    const polls = ["", "", "&tag=a", "&tag=b"].map((more) =>
      get(`/v1/health/service/alike?index=${index}&wait=20s${more}`),
    );
    await get("/v1/status/leader");
    await register("n-alike2", { Service: "alike", Port: 1, Tags: ["b"], ID: "second" });
    const answers = await Promise.all(polls);
    expect(answers.map(namesOf)).toEqual([["alike", "second"], ["alike", "second"], ["alike"], ["second"]]);
  });

  test("of a client that has gone is given up", async () => {
    const { index } = await get("/v1/catalog/nodes");
    const gone = new AbortController();
    const poll = fetch(`${agent.base}/v1/catalog/nodes?index=${index}&wait=60s`, { signal: gone.signal });
    const adminPort = agent.process.lines
      .map(({ text }) => JSON.parse(text))
      .find(({ adminPort: port }) => port)?.adminPort;
    const polls = async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      return /causeway_agent_long_polls\{bucket="catalog"\} (\d+)/.exec(metrics)?.[1];
    };
    await eventually(async () => expect(await polls()).toBe("1"));
    gone.abort();
    await expect(poll).rejects.toThrow();
    await eventually(async () => expect(await polls()).toBe("0"));
  });
});

describe("a registration on the node of a live agent", () => {
  test("is taken, with a loud warning", async () => {
    const answer = await register("one", { Service: "lost", Port: 1 });
    expect(answer.json).toBe(true);
    expect(answer.headers.get("x-causeway-warning")).toMatch(/has a live agent.*use another node name/);
    const line = await agent.process.waitForLine((text) => text.includes("registered on the node of a live agent"));
    expect(JSON.parse(line)).toMatchObject({ level: "warn", node: "one" });
  });

  test("is not warned of where no agent is", async () => {
    const answer = await register("n-external", { Service: "kept", Port: 1 });
    expect(answer.headers.has("x-causeway-warning")).toBe(false);
  });
});

describe("intentions", () => {
  test("are made, decided on and deleted by ID and by names", async () => {
    const made = await ask(agent.base, "POST", "/v1/connect/intentions", {
      SourceName: "web",
      DestinationName: "db",
      Action: "deny",
    });
    const { ID } = made.json as { ID: string };
    expect((await get(`/v1/connect/intentions/${ID}`)).json).toMatchObject({ SourceName: "web", Precedence: 9 });
    expect((await get("/v1/connect/intentions/check?source=web&destination=db")).json).toEqual({ Allowed: false });
    const exact = "/v1/connect/intentions/exact?source=web&destination=db";
    expect((await put(exact, { Action: "allow" })).json).toBe(true);
    expect((await get(exact)).json).toMatchObject({ ID, Action: "allow" });
    expect((await get("/v1/config/service-intentions/db")).json).toMatchObject({ Sources: [{ Name: "web" }] });
    expect((await ask(agent.base, "DELETE", exact)).json).toBe(true);
    expect((await get(exact)).text).toBe("Intention not found");
  });
});

describe("Consul's texts", () => {
  const cases = [
    ["GET", "/v1/catalog/node/", undefined, 400, "Missing node name"],
    ["GET", "/v1/catalog/service/", undefined, 400, "Missing service name"],
    ["GET", "/v1/catalog/gateway-services/", undefined, 400, "Missing gateway name"],
    ["GET", "/v1/health/state/", undefined, 400, "Missing check state"],
    ["GET", "/v1/health/service/web?passing=x", undefined, 400, "Invalid value for ?passing"],
    ["GET", "/v1/catalog/nodes?dc=dc9", undefined, 500, "No path to datacenter"],
    [
      "GET",
      "/v1/catalog/nodes?filter=Nope==x",
      undefined,
      500,
      'Failed to create boolean expression evaluator: Selector "Nope" is not valid',
    ],
    ["PUT", "/v1/catalog/register", "", 400, "Request decode failed: EOF"],
    ["PUT", "/v1/catalog/register", { Bogus: 1 }, 400, 'Request decode failed: json: unknown field "Bogus"'],
    [
      "PUT",
      "/v1/catalog/register",
      { Service: { Port: "x" } },
      400,
      "Request decode failed: json: cannot unmarshal string into Go struct field NodeService.Service.Port of type int",
    ],
    ["PUT", "/v1/catalog/register", { Datacenter: "dc9", Node: "a" }, 500, "No path to datacenter"],
    ["PUT", "/v1/catalog/deregister", "{", 400, "Request decode failed: unexpected EOF"],
    ["GET", "/v1/config/nope", undefined, 500, "invalid config entry kind: nope"],
    ["GET", "/v1/config/mesh/x", undefined, 404, 'Config entry not found for "mesh" / "x"'],
    ["GET", "/v1/config/service-intentions/x", undefined, 404, 'Config entry not found for "service-intentions" / "x"'],
    ["DELETE", "/v1/config/mesh", undefined, 404, "Must provide both a kind and name to delete"],
    ["DELETE", "/v1/config/nope/x", undefined, 400, "invalid config entry kind: nope"],
    ["PUT", "/v1/config", "{", 400, "Bad request: Request decoding failed: unexpected EOF"],
    ["PUT", "/v1/config?cas=abc", {}, 500, 'strconv.ParseUint: parsing "abc": invalid syntax'],
    ["POST", "/v1/connect/intentions", "{", 500, "Failed to decode request body: unexpected EOF"],
    [
      "GET",
      "/v1/connect/intentions/hello",
      undefined,
      400,
      "Bad request: failed intention lookup: index error: UUID must be 36 characters",
    ],
    [
      "DELETE",
      "/v1/connect/intentions/hello",
      undefined,
      500,
      "Intention lookup failed: failed intention lookup: index error: UUID must be 36 characters",
    ],
    ["GET", "/v1/connect/intentions/match?name=a", undefined, 500, "required query parameter 'by' not set"],
    [
      "GET",
      "/v1/connect/intentions/match?by=x&name=a",
      undefined,
      500,
      "'by' parameter must be one of 'source' or 'destination'",
    ],
    [
      "GET",
      "/v1/connect/intentions/check?source=a/b/c&destination=d",
      undefined,
      500,
      "source \"a/b/c\" is invalid: input can contain at most one '/'",
    ],
    [
      "GET",
      "/v1/connect/ca/roots?pem=abc",
      undefined,
      400,
      "Bad request: The 'pem' query parameter must be a boolean value",
    ],
    [
      "PUT",
      "/v1/connect/ca/configuration",
      { Bogus: 1 },
      400,
      'Bad request: Request decode failed: json: unknown field "Bogus"',
    ],
    ["GET", "/v1/acl/tokens", undefined, 401, "ACL support disabled"],
    ["GET", "/v1/query/x", undefined, 501, "Causeway does without prepared queries: /v1/query/ is not served"],
  ] as const;
  for (const [method, path, body, status, text] of cases) {
    test(`${method} ${path} ${body === undefined ? "" : JSON.stringify(body)} is answered with: ${text}`, async () => {
      const answer = await ask(agent.base, method, path, body);
      expect([answer.status, answer.text]).toEqual([status, text]);
    });
  }

  test("an error that a query came to has the headers of a query", async () => {
    const { headers } = await get("/v1/catalog/nodes?filter=a");
    expect(headers.get("x-consul-index")).toBe("1");
    expect(headers.get("x-consul-knownleader")).toBe("false");
  });

  test.each([
    ["/v1/catalog/node/nobody", null],
    ["/v1/catalog/node-services/nobody", { Node: null, Services: null }],
    ["/v1/catalog/service/nobody", []],
    ["/v1/catalog/gateway-services/nobody", null],
    ["/v1/connect/intentions/match?by=destination&name=nobody", { nobody: null }],
    ["/v1/config/proxy-defaults", []],
  ])("%s, of which there is nothing, is %j", async (path, nothing) => {
    expect((await get(path)).json).toEqual(nothing);
  });
});

test("the roots of the mesh are given as JSON and as certificates", async () => {
  const roots = (await get("/v1/connect/ca/roots")).json as { Roots: { RootCert: string }[] };
  const pem = await get("/v1/connect/ca/roots?pem");
  expect(roots.Roots).toHaveLength(1);
  expect(await get("/v1/connect/ca/roots?pem=true")).toMatchObject({ text: roots.Roots[0]?.RootCert });
  expect(pem.json).toEqual(roots);
});

test("the CLI is told where the bus is", async () => {
  const answer = await get("/v1/agent/bus");
  expect(answer.json).toEqual({
    Datacenter: "dc1",
    PrimaryDatacenter: "dc1",
    Node: "one",
    Servers: [plane.nats.url],
  });
});

test("a mesh that was never joined to another knows of no way to any, until it does", async () => {
  expect((await get("/v1/catalog/datacenters")).json).toEqual(["dc1"]);
  const states = await get("/v1/internal/federation-states");
  expect(states).toMatchObject({ json: [], index: 1 });
  expect((await get("/v1/internal/federation-states/mesh-gateways?consistent")).json).toEqual({});
  expect((await get("/v1/internal/federation-state/dc1")).status).toBe(404);
  const poll = get("/v1/internal/federation-states?index=1&wait=5m");
  await plane.startOwner("federation");
  expect((await poll).json).toMatchObject([{ Datacenter: "dc1" }]);
});
