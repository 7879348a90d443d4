import { once } from "node:events";
import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { dialMesh, IN_DATACENTER_MS, openTcp } from "../src/index.ts";
import { shared } from "./support.ts";

/** A mesh in which nothing is allowed unless an intention says so, and an echo service outside it. */
const facts = shared(
  async (mesh, resources) => {
    const echo = resources.use(await startTcpEcho());
    const gateway = resources.use(await mesh.startTerminatingGateway("gateway"));
    const web = resources.use(await mesh.startSidecar("web", { upstreams: ["open-while-denied"] }));
    const [trust, asWeb, asReport] = await Promise.all([mesh.trust(), mesh.identity("web"), mesh.identity("report")]);
    return { echo, gateway, web, trust, identities: { web: asWeb, report: asReport } };
  },
  { defaultPolicy: "deny" },
);

type Source = "web" | "report";

/** Registers the echo service under a name of its own and links it. */
async function outside(service: string): Promise<void> {
  const { mesh, echo, gateway } = facts();
  await mesh.agent.registerExternal({ service, port: echo.port });
  await gateway.link({ Name: service });
}

/** Whether the gateway carries a connection from `source` to `service`. */
async function carried(source: Source, service: string): Promise<boolean> {
  const { gateway, trust, identities } = facts();
  using conversation = dialMesh({ port: gateway.port, trust, service, identity: identities[source] });
  return await conversation.echo("hello").then(
    () => true,
    () => false,
  );
}

async function becomes(source: Source, service: string, expected: boolean): Promise<void> {
  await eventually(
    async () => {
      if ((await carried(source, service)) === expected) return;
      const [latest] = await facts().gateway.admin.refusals();
      throw new Error(`${source} is ${expected ? "not " : ""}let in to ${service}; last refused: ${latest?.reason}`);
    },
    { timeoutMs: IN_DATACENTER_MS },
  );
}

test("where no intention holds, the default policy does", async () => {
  const { gateway } = facts();
  await outside("unmentioned");
  // A route that is not there yet would refuse as well.
  const denied = await eventually(
    async () => {
      expect(await carried("web", "unmentioned")).toBe(false);
      const [latest] = await gateway.admin.refusals();
      expect(latest?.outcome).toBe("DENIED");
      return latest;
    },
    { timeoutMs: IN_DATACENTER_MS },
  );
  expect(denied).toMatchObject({ blame: "client", source: "web", destination: "unmentioned" });
  expect(denied?.reason).toMatch(/^web may not call unmentioned: .*default/);
});

test("an allow lets in its source and nobody else", async () => {
  await outside("allowed");
  await facts().mesh.agent.intention("web", "allowed", "allow");
  await becomes("web", "allowed", true);
  expect(await carried("report", "allowed")).toBe(false);
});

test('an allow of one source goes before a denial of "*"', async () => {
  const { mesh, gateway } = facts();
  await outside("guarded");
  await mesh.agent.intention("*", "guarded", "deny");
  await mesh.agent.intention("web", "guarded", "allow");
  await becomes("web", "guarded", true);
  expect(await carried("report", "guarded")).toBe(false);
  const isReports = ({ source, destination }: { readonly source?: string; readonly destination?: string }) =>
    source === "report" && destination === "guarded";
  expect((await gateway.admin.refusal(isReports)).decidedBy).toMatch(/\* => guarded/);
});

test('a denial of one source goes before an allow of "*"', async () => {
  const { mesh } = facts();
  await outside("popular");
  await mesh.agent.intention("*", "popular", "allow");
  await mesh.agent.intention("report", "popular", "deny");
  await becomes("web", "popular", true);
  await becomes("report", "popular", false);
});

test('an intention for "*" as destination holds for linked services', async () => {
  const { mesh } = facts();
  await outside("anything");
  await mesh.agent.intention("web", "*", "allow");
  await becomes("web", "anything", true);
  expect(await carried("report", "anything")).toBe(false);
  await mesh.agent.deleteIntention("web", "*");
  await becomes("web", "anything", false);
});

test("a service-intentions entry decides like the intentions that it stands for", async () => {
  const { mesh } = facts();
  await outside("by-entry");
  const Sources = [
    { Name: "web", Action: "allow" },
    { Name: "*", Action: "deny" },
  ];
  const entry = { Kind: "service-intentions", Name: "by-entry", Sources };
  await mesh.agent.writeEntry(entry);
  await becomes("web", "by-entry", true);
  expect(await carried("report", "by-entry")).toBe(false);
  await mesh.agent.writeEntry({ ...entry, Sources: Sources.map(({ Name }) => ({ Name, Action: "deny" })) });
  await becomes("web", "by-entry", false);
  await mesh.agent.intention("web", "by-entry", "allow");
  await becomes("web", "by-entry", true);
  await mesh.agent.delete("/v1/config/service-intentions/by-entry");
  await becomes("web", "by-entry", false);
});

test("a connection that is open ends within seconds when an intention comes to deny it, and others stay", async () => {
  const { mesh, gateway, web, trust, identities } = facts();
  await outside("open-while-denied");
  await mesh.agent.intention("web", "open-while-denied", "allow");
  await mesh.agent.intention("report", "open-while-denied", "allow");
  await becomes("web", "open-while-denied", true);
  await becomes("report", "open-while-denied", true);
  using denied = await openTcp(web.upstream("open-while-denied"));
  using other = dialMesh({ port: gateway.port, trust, service: "open-while-denied", identity: identities.report });
  await Promise.all([denied.echo("before"), other.echo("before")]);

  const cutOff = expect(once(denied.socket, "end", { signal: AbortSignal.timeout(IN_DATACENTER_MS) })).rejects.toThrow(
    "ECONNRESET",
  );
  await mesh.agent.intention("web", "open-while-denied", "deny");
  await cutOff;
  await other.echo("after");
  const { destination, reason } = await gateway.admin.refusal(({ outcome }) => outcome === "NO_LONGER_ALLOWED");
  expect(destination).toBe("open-while-denied");
  expect(reason).toMatch(/^web may no longer call open-while-denied/);
});

test("the gateway, the check endpoint and the authorize endpoint agree", async () => {
  const { mesh, trust } = facts();
  for (const service of ["agreed-a", "agreed-b", "agreed-c"]) await outside(service);
  await mesh.agent.intention("*", "agreed-a", "allow");
  await mesh.agent.intention("report", "agreed-a", "deny");
  await mesh.agent.intention("web", "agreed-b", "allow");
  const pairs = (["web", "report"] as const).flatMap((source) =>
    (["agreed-a", "agreed-b", "agreed-c"] as const).map((destination) => ({ source, destination })),
  );
  await becomes("web", "agreed-a", true);
  await becomes("web", "agreed-b", true);
  for (const { source, destination } of pairs) {
    const query = new URLSearchParams({ source, destination });
    const { Allowed } = await mesh.agent.get<{ Allowed: boolean }>(`/v1/connect/intentions/check?${query}`);
    const { Authorized } = await mesh.agent.post<{ Authorized: boolean }>("/v1/agent/connect/authorize", {
      Target: destination,
      ClientCertURI: `spiffe://${trust.trustDomain}/ns/default/dc/dc1/svc/${source}`,
      ClientCertSerial: "01",
    });
    expect({ source, destination, Authorized }).toEqual({ source, destination, Authorized: Allowed });
    // The agent knows what it has written; the gateway is told.
    await becomes(source, destination, Allowed);
  }
});
