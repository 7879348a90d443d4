import {
  type ConsulIdentity,
  consulIdentity,
  createTestCa,
  dialAsConsul,
  eventually,
  issueCertificate,
  resolveAsConsul,
  startConsulProxy,
  startTcpEcho,
} from "@causeway/testkit";
import { expect, test } from "vitest";
import { Conversation, dialMesh, IN_DATACENTER_MS, openTcp, START_UP_MS } from "../src/index.ts";
import { shared } from "./support.ts";

/**
 * A mesh with two services outside it behind a gateway that has ports for one service each, one inside it behind a sidecar of ours, and
 * the identity of a caller whose proxy is built on Consul's libraries.
 */
const facts = shared(
  async (mesh, resources) => {
    const echoes = {
      billing: resources.use(await startTcpEcho({ greeting: "billing:" })),
      mail: resources.use(await startTcpEcho({ greeting: "mail:" })),
      api: resources.use(await startTcpEcho({ greeting: "api:" })),
    };
    const gateway = resources.use(await mesh.startTerminatingGateway("gateway", { servicePorts: 8 }));
    const sidecar = { upstreams: ["native"], checkInterval: "1s", port: echoes.api.port };
    const api = resources.use(await mesh.startSidecar("api", sidecar));
    for (const service of ["billing", "mail"] as const) {
      await mesh.agent.registerExternal({ service, port: echoes[service].port });
    }
    await gateway.link({ Name: "billing" }, { Name: "mail" });
    await mesh.agent.intention("web", "billing", "allow");
    await mesh.agent.intention("web", "api", "allow");
    const web = await consulIdentity(mesh.agent.url, "web");
    return { echoes, gateway, api, web };
  },
  { defaultPolicy: "deny" },
);

/** The one place where a service is to be found, as a client that is built on Consul's libraries sees it. */
function resolve(service: string) {
  return eventually(
    async () => {
      const found = await resolveAsConsul(facts().mesh.agent.url, service);
      const [only] = found;
      if (only === undefined || found.length > 1)
        throw new Error(`${service} is to be found in ${found.length} places`);
      return only;
    },
    { timeoutMs: START_UP_MS },
  );
}

/** Calls a service as web, or as somebody else. */
async function dial(service: string, identity: ConsulIdentity = facts().web) {
  return new Conversation(dialAsConsul(await resolve(service), identity));
}

/** Calls a service until it answers, as long as a change may take to arrive; gives the greeting that tells which service has answered. */
function greetingOf(service: string): Promise<string> {
  return eventually(
    async () => {
      using conversation = await dial(service);
      await conversation.echo("hello");
      return conversation.text;
    },
    { timeoutMs: IN_DATACENTER_MS },
  );
}

test("a service outside the mesh is reached at its own port, without a server name", async () => {
  const { gateway } = facts();
  expect(await greetingOf("billing")).toBe("billing:hello");
  using conversation = await dial("billing");
  await conversation.echo("hello");
  expect(conversation.socket.alpnProtocol).toBe("h2");
  expect((await resolve("billing")).port).not.toBe(gateway.port);
  expect((await resolve("mail")).port).not.toBe((await resolve("billing")).port);
});

test("an agent's other answers name the same port", async () => {
  const { mesh, gateway } = facts();
  const { port } = await resolve("billing");
  const row = { ServiceID: gateway.name, ServicePort: port, ServiceProxy: { DestinationServiceName: "billing" } };
  expect(await mesh.agent.get("/v1/catalog/connect/billing")).toMatchObject([row]);
  expect(await mesh.agent.get(`/v1/catalog/service/${gateway.name}`)).toMatchObject([{ ServicePort: gateway.port }]);
});

test("whom no intention allows, or one denies, is turned away, and the gateway says why", async () => {
  const { mesh, gateway } = facts();
  /** Calls until a refusal gives this reason; at first the port may not be listened on yet, and then the intention not be known. */
  const refusedWith = (why: string) =>
    eventually(
      async () => {
        using conversation = await dial("mail");
        await expect(conversation.echo("hello")).rejects.toThrow();
        const refusals = await gateway.admin.refusals();
        const found = refusals.find(({ destination, reason }) => destination === "mail" && reason?.includes(why));
        if (found === undefined) throw new Error(`mail is not refused by ${why}`);
        return found;
      },
      { timeoutMs: START_UP_MS },
    );
  await greetingOf("billing");
  expect(await refusedWith("default policy")).toMatchObject({
    outcome: "DENIED",
    source: "web",
    reason: "web may not call mail: deny by the default policy",
  });

  await mesh.agent.intention("web", "mail", "deny");
  const denied = await refusedWith("deny by the intention");
  expect(denied.reason).toMatch(/^web may not call mail: deny by the intention web => mail /);

  await mesh.agent.intention("web", "mail", "allow");
  expect(await greetingOf("mail")).toBe("mail:hello");
});

test("an open connection that an intention now denies is closed", async () => {
  const { mesh } = facts();
  await greetingOf("billing");
  using conversation = await dial("billing");
  await conversation.echo("hello");
  await mesh.agent.intention("web", "billing", "deny");
  await conversation.closed;
  await mesh.agent.intention("web", "billing", "allow");
  await greetingOf("billing");
});

test("a client with a certificate of another CA is refused", async () => {
  const { mesh, gateway, web } = facts();
  const ca = await createTestCa();
  const { trustDomain } = await mesh.trust();
  const uris = [`spiffe://${trustDomain}/ns/default/dc/dc1/svc/web`];
  const forged = await issueCertificate({ ca, commonName: "web", uris });
  using conversation = await dial("billing", { ...web, ...forged });
  await expect(conversation.echo("hello")).rejects.toThrow();
  const refusal = await gateway.admin.refusal(({ outcome }) => outcome === "CLIENT_TLS_FAILED");
  expect(refusal.reason).toMatch(/handshake with the client failed/);
});

test("a client does not take one service's port for another's", async () => {
  const { port } = await resolve("mail");
  using conversation = new Conversation(dialAsConsul({ ...(await resolve("billing")), port }, facts().web));
  await expect(conversation.ask("hello")).rejects.toThrow(
    /peer certificate mismatch: got .*\/svc\/mail, want .*\/svc\/billing/,
  );
});

test("a port stays while others are linked and unlinked, and when the gateway starts again", async () => {
  const { gateway, mesh } = facts();
  const before = await resolve("mail");
  await gateway.link({ Name: "a-first-one" });
  expect(await resolve("mail")).toEqual(before);
  await gateway.unlink("billing");
  expect(await resolve("mail")).toEqual(before);
  await gateway.link({ Name: "billing" });
  await gateway.unlink("a-first-one");
  await mesh.kill9("catalog");
  await mesh.restart("catalog");
  await gateway.program.restart();
  expect(await resolve("mail")).toEqual(before);
  await mesh.agent.intention("web", "mail", "allow");
  expect(await greetingOf("mail")).toBe("mail:hello");
});

test("our own sidecars and whoever sends a server name go on as before", async () => {
  const { gateway, mesh } = facts();
  const [trust, identity] = await Promise.all([mesh.trust(), mesh.identity("web")]);
  await greetingOf("billing");
  for (const port of [gateway.port, (await resolve("billing")).port]) {
    using conversation = dialMesh({ port, trust, identity, service: "billing" });
    await conversation.echo("hello");
    expect(conversation.text).toBe("billing:hello");
  }
});

test("a gateway that has not opted in is shown as Consul shows it, which such a client can do nothing with", async () => {
  const { mesh, echoes } = facts();
  await using plain = await mesh.startTerminatingGateway("plain-gateway");
  await mesh.agent.registerExternal({ service: "plain", port: echoes.billing.port });
  await plain.link({ Name: "plain" });
  await eventually(
    () =>
      expect(resolveAsConsul(mesh.agent.url, "plain")).rejects.toThrow("plain-gateway is not a valid connect service"),
    { timeoutMs: START_UP_MS },
  );
});

test("a sidecar of ours takes such a client in", async () => {
  expect(await greetingOf("api")).toBe("api:hello");
});

test("a sidecar of ours reaches a proxy that is built on Consul's libraries, and that turns it away when it may not", async () => {
  const { mesh, api, echoes } = facts();
  const identity = await consulIdentity(mesh.agent.url, "native");
  await using proxy = await startConsulProxy({
    agent: mesh.agent.url,
    service: "native",
    identity,
    applicationPort: echoes.billing.port,
  });
  await mesh.agent.put("/v1/agent/service/register", {
    Name: "native-proxy",
    Kind: "connect-proxy",
    Address: proxy.host,
    Port: proxy.port,
    Proxy: { DestinationServiceName: "native" },
  });
  const call = async () => {
    using conversation = await openTcp(api.upstream("native"));
    await conversation.echo("hello");
    return conversation.text;
  };
  await eventually(
    async () => {
      await expect(call()).rejects.toThrow();
      expect(proxy.denials[0]).toContain("Default behavior");
    },
    { timeoutMs: IN_DATACENTER_MS },
  );

  await mesh.agent.intention("api", "native", "allow");
  expect(await eventually(call, { timeoutMs: IN_DATACENTER_MS })).toBe("billing:hello");
});
