import { generateKeyPair } from "@causeway/pki";
import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { type Admin, dialMesh, openTcp, START_UP_MS, startHttpServer, Traffic } from "../src/index.ts";
import { callSoon, echoSoon, shared } from "./support.ts";

/** Leaves move to a new root within 30 seconds, each at a moment of its own. */
const RENEWED_MS = 30_000 + START_UP_MS;

const facts = shared(async (mesh, resources) => {
  const [steady, echo] = await Promise.all([startHttpServer("steady"), startTcpEcho()]);
  resources.use(steady);
  resources.use(echo);
  const gateway = resources.use(await mesh.startTerminatingGateway("gateway"));
  const web = resources.use(await mesh.startSidecar("web", { upstreams: ["steady", "echo"] }));
  await mesh.agent.registerExternal({ service: "steady", port: steady.port });
  await mesh.agent.registerExternal({ service: "echo", port: echo.port });
  await gateway.link({ Name: "steady" }, { Name: "echo" });
  await callSoon(web.upstream("steady"));
  await echoSoon(web.upstream("echo"));
  return { gateway, web };
});

/** Resolves when every leaf of a proxy is of this root. */
function movedTo(rootId: string, admin: Admin): Promise<void> {
  return eventually(
    async () => {
      for (const leaf of await admin.leaves()) expect(leaf.rootId).toBe(rootId);
    },
    { timeoutMs: RENEWED_MS, intervalMs: 200 },
  );
}

test(
  "a new root fails no request: leaves move to it, and those who know only the old one still believe them",
  async () => {
    const { mesh, gateway, web } = facts();
    const before = await mesh.trust();
    using open = await openTcp(web.upstream("echo"));
    await open.echo("before");
    await using traffic = new Traffic(web.upstream("steady"));
    await traffic.more(10);

    const { privateKeyPem } = await generateKeyPair();
    await mesh.agent.put("/v1/connect/ca/configuration", { Provider: "consul", Config: { PrivateKey: privateKeyPem } });
    const after = await mesh.trust();
    expect(after.trustDomain).toBe(before.trustDomain);
    expect(after.activeRootId).not.toBe(before.activeRootId);
    expect(after.rootsPem).toContain(before.rootsPem);

    await Promise.all([movedTo(after.activeRootId, gateway.admin), movedTo(after.activeRootId, web.admin)]);
    await traffic.more(50);
    await open.echo("after");
    expect(traffic.failures).toEqual([]);

    const onlyNew = { ...after, rootsPem: after.rootsPem.replace(before.rootsPem, "") };
    const identity = await mesh.identity("client");
    for (const trust of [before, onlyNew]) {
      using conversation = dialMesh({ port: gateway.port, service: "echo", trust, identity });
      await conversation.echo("believed");
    }
  },
  2 * RENEWED_MS,
);

test("a root that is configured again is not rotated", async () => {
  const { mesh } = facts();
  const before = await mesh.trust();
  const configuration = await mesh.agent.get("/v1/connect/ca/configuration");
  await mesh.agent.put("/v1/connect/ca/configuration", configuration);
  expect(await mesh.trust()).toEqual(before);
});
