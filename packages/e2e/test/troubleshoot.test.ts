import { eventually } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { ACROSS_DATACENTERS_MS, type Mesh, reservePort } from "../src/index.ts";
import {
  command,
  DENIED,
  type Diagnosis,
  occupy,
  registerOnly,
  startCaller,
  startImpostor,
  startOutside,
  startUnready,
  startWithoutApplication,
  troubleshoot,
} from "./broken-mesh.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { sharedTwo, startService } from "./two-datacenters.ts";

const IN_DC1 = [
  "api",
  "appless",
  "billing",
  "ca-missing",
  "denied",
  "denied-to-all",
  "denied-by-default",
  "down",
  "elsewhere",
  "expired",
  "impostor",
  "meshless",
  "orphan",
  "resting",
  "sick",
  "stopped",
  "subset",
  "unknown",
  "unknown-ca",
  "unlinked",
  "wrong-key",
  "wrong-name",
] as const;
const IN_DC2 = { destination: "ledger", datacenter: "dc2", meshGateway: "local" } as const;

const facts = sharedTwo(
  async ({ dc1, dc2 }, resources) => {
    const { agent } = dc1;
    const links = await startOutside(dc1, resources);
    const allowed = IN_DC1.filter((name) => !DENIED.some((denied) => denied === name));
    for (const name of allowed) await agent.intention("web", name, "allow");
    await agent.intention("web", "ledger", "allow");
    await agent.intention("web", "denied", "deny");
    await agent.intention("*", "denied-to-all", "deny");
    await agent.writeEntry({ Kind: "terminating-gateway", Name: "ghost", Services: [{ Name: "orphan" }] });
    await agent.writeEntry({
      Kind: "service-resolver",
      Name: "elsewhere",
      Redirect: { Service: "api", Datacenter: "dc9" },
    });
    const Subsets = { v2: { Filter: "Service.Meta.version == v2" } };
    await agent.writeEntry({ Kind: "service-resolver", Name: "subset", DefaultSubset: "v2", Subsets });
    for (const name of ["stopped", "subset"]) await registerOnly(dc1, name);
    await agent.put("/v1/agent/service/register", { Name: "meshless", Port: await reservePort() });
    await startImpostor(dc1, "impostor", resources);
    const [egress, web] = await Promise.all([
      dc1.startTerminatingGateway("egress").then((each) => resources.use(each)),
      startCaller(dc1, [...IN_DC1, IN_DC2]).then((each) => resources.use(each)),
      startService(dc1, "api", "api").then((each) => resources.use(each)),
      startService(dc1, "resting", "resting").then((each) => resources.use(each)),
      startService(dc2, "ledger", "ledger").then((each) => resources.use(each)),
      startWithoutApplication(dc1, "appless", resources),
    ]);
    await egress.link(...links);
    return { egress, web };
  },
  { defaultPolicy: "deny" },
);

type Expected = Pick<Fault, "detail" | "remedy"> & { readonly step: string | RegExp };

/** Looks until the first step that fails is this one: what was just broken takes a moment to be known. */
function firstFailed(mesh: Mesh, { step, detail, remedy }: Expected, ...args: string[]) {
  const named = typeof step === "string" ? new RegExp(`^${step}$`) : step;
  return eventually(
    async () => {
      const found: Diagnosis = await troubleshoot(mesh, ...args);
      if (!named.test(found.step)) throw new Error(`what failed is ${found.step}: ${found.detail}`);
      expect(found).toMatchObject({
        status: 1,
        detail: expect.stringMatching(detail),
        remedy: expect.stringMatching(remedy),
      });
    },
    { timeoutMs: ACROSS_DATACENTERS_MS },
  );
}

describe("the first step that fails is named when", () => {
  test.each(FAULTS)("$name", async ({ make, mend, source = "web", to, ...expected }) => {
    const { dc1 } = facts();
    await make?.(dc1);
    await firstFailed(dc1, expected, "-service", source, "-destination", to);
    await mend?.(dc1);
  });
});

test("nothing fails where nothing is broken", async () => {
  for (const destination of ["api", "billing", "resting"]) await nothingFails(destination);
});

async function nothingFails(destination: string): Promise<Diagnosis> {
  return await eventually(
    async () => {
      const found = await troubleshoot(facts().dc1, "-service", "web", "-destination", destination);
      expect(found).toMatchObject({ status: 0, states: { connection: expect.stringMatching(/^ok/) } });
      return found;
    },
    { timeoutMs: ACROSS_DATACENTERS_MS },
  );
}

test("refused connections are told by the proxy that refused them, with what to do", async () => {
  const { dc1 } = facts();
  const latest = ["troubleshoot", "connection", "egress", "-source", "web", "-limit", "1"];
  await eventually(
    async () => {
      await troubleshoot(dc1, "-service", "web", "-destination", "down");
      const { status, out } = await command(dc1, ...latest);
      expect({ status, out }).toEqual({ status: 1, out: expect.stringMatching(REFUSED) });
    },
    { timeoutMs: ACROSS_DATACENTERS_MS },
  );
  const nothing = await command(dc1, "troubleshoot", "connection", "egress", "-destination", "nothing");
  expect(nothing).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^egress on node \S+ refused no such connection/),
  });
  const json = await command(dc1, "troubleshoot", "connection", "-json", "egress", "-destination", "down");
  expect(JSON.parse(json.out)).toContainEqual(
    expect.objectContaining({ Source: "web", Destination: "down", Outcome: "DIAL_FAILED", Remedy: expect.any(String) }),
  );
  const unknown = await command(dc1, "troubleshoot", "connection", "nobody");
  expect(unknown).toMatchObject({ status: 2, err: expect.stringContaining('no proxy is registered as "nobody"') });
});

const REFUSED =
  /^\S+Z egress on node \S+, connection \d+: DIAL_FAILED\n {2}from {3}web \(.*\)\n {2}to {5}down\n {2}why {4}connecting to .*\n( {2}tried .*\n)* {2}do {5}see that the far side listens/;

test("the intention that decides is explained, and so is the default", async () => {
  const { dc1 } = facts();
  const denied = await command(dc1, "explain", "intention", "web", "denied");
  expect(denied).toMatchObject({
    status: 1,
    out: expect.stringMatching(/^web => denied is denied: web => denied \(deny, precedence 9\)\./),
  });
  await dc1.agent.intention("*", "api", "deny");
  const { status, out } = await command(dc1, "explain", "intention", "-json", "web", "api");
  const explained = JSON.parse(out) as {
    readonly DecidedBy: string;
    readonly Matching: readonly { readonly ID: string }[];
  };
  expect({ status, explained }).toMatchObject({
    status: 0,
    explained: {
      Allowed: true,
      DefaultAction: "deny",
      DecidedBy: explained.Matching[0]?.ID,
      Matching: [
        { SourceName: "web", DestinationName: "api", Action: "allow", Precedence: 9 },
        { SourceName: "*", DestinationName: "api", Action: "deny", Precedence: 8 },
      ],
    },
  });
});

test("routes shows what a gateway and a sidecar serve, and what they cannot and why", async () => {
  const { dc1 } = facts();
  const gateway = await command(dc1, "routes", "egress");
  expect(gateway).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^egress on node \S+:\nAsked for by +Turn +Leads to/),
  });
  expect(gateway.out).toMatch(
    /\n\S*billing\.default\.dc1\S+ +1 +billing +1\/1 healthy: 127\.0\.0\.1:\d+ +1, else deny +mtls +mtls, billing\.example/,
  );
  expect(gateway.out).toMatch(/\nfiles .*gone\.pem/);
  const sidecar = await command(dc1, "routes", "web");
  expect(sidecar.out).toMatch(/\nno route elsewhere:\S+: .*dc9/);
  const { status, err } = await command(dc1, "routes", "nobody");
  expect({ status, err }).toMatchObject({
    status: 1,
    err: expect.stringContaining('no proxy is registered as "nobody"'),
  });
});

test("on the way to another datacenter, what is missing is named, one after the other", async () => {
  const { datacenters, dc1, dc2 } = facts();
  const caller = ["-service", "web", "-destination", "ledger"];
  const missing = (detail: RegExp, remedy: RegExp) =>
    firstFailed(dc1, { step: "mesh-gateways", detail, remedy }, ...caller);
  await missing(/no mesh gateway of dc1 is registered/, /or set the mode to remote/);
  await using _own = await dc1.startMeshGateway("gateway-dc1");
  await missing(/no mesh gateway of dc2 is registered/, /-gateway=mesh/);
  await using there = await dc2.startMeshGateway("gateway-dc2");
  const { states } = await nothingFails("ledger");
  expect(Object.keys(states).filter((id) => id.startsWith("hop-"))).toEqual([
    "hop-sidecar",
    "hop-mesh-gateway-dc1",
    "hop-mesh-gateway-dc2",
    "hop-destination",
  ]);
  expect(states["gateway-mode"]).toMatch(/local, set by the upstream.*: through the mesh gateways of dc1/);
  await there.program.kill9();
  await missing(/(no process answers for the mesh gateways of|no mesh gateway of) dc2/, /in dc2, start it again/);
  datacenters.link("dc2").cut("silent");
  await firstFailed(dc1, { step: "datacenter", detail: /dc2 cannot be reached/, remedy: /leaf node/ }, ...caller);
  datacenters.link("dc2").restore();
});

test("a gateway that has died is named", async () => {
  const { dc1, egress } = facts();
  await egress.program.kill9();
  // By its process at once, and by its health check some seconds later.
  const dead = {
    step: /^destination-proxy/,
    detail: /egress/,
    remedy: /connect envoy -gateway=terminating -service egress/,
  };
  await firstFailed(dc1, dead, "-service", "web", "-destination", "billing");
});

// The last one: from here on nobody gets a certificate.
test("of a caller whose sidecar is not ready, what keeps it is named", async () => {
  const { dc1 } = facts();
  await using resources = new AsyncDisposableStack();
  const taken = await occupy(resources);
  await registerOnly(dc1, "crowded", [
    { DestinationName: "api", LocalBindPort: taken },
    { DestinationName: "nearest", DestinationType: "prepared_query", LocalBindPort: await reservePort() },
  ]);
  resources.use(await startUnready(dc1, "crowded"));
  const caller = ["-service", "crowded", "-destination"];
  const port = {
    step: "local-port",
    detail: /cannot listen on 127.*EADDRINUSE/,
    remedy: new RegExp(`ss -ltnp .*${taken}`),
  };
  await firstFailed(dc1, port, ...caller, "api");
  const query = { step: "chain", detail: /prepared queries are not supported/, remedy: /config read/ };
  await firstFailed(dc1, query, ...caller, "nearest");

  await dc1.kill9("ca");
  await registerOnly(dc1, "late", [{ DestinationName: "api", LocalBindPort: await reservePort() }]);
  resources.use(await startUnready(dc1, "late"));
  const leaf = {
    step: "source-certificate",
    detail: /late-sidecar-proxy gets none: .*ca/,
    remedy: /service `ca` runs/,
  };
  await firstFailed(dc1, leaf, "-service", "late", "-destination", "api");
});
