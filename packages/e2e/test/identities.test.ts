import { createServer as createTlsServer } from "node:tls";
import { serviceSpiffeId } from "@causeway/model";
import { createCsr, createRoot, generateKeyPair, type KeyPair, signLeaf } from "@causeway/pki";
import { eventually, listen, startTcpEcho } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { dialMesh, IN_DATACENTER_MS, type MeshIdentity, openTcp } from "../src/index.ts";
import { shared } from "./support.ts";

const HOUR_MS = 3_600_000;
const ANOTHER_TRUST_DOMAIN = "99999999-8888-7777-6666-555555555555.consul";

const UPSTREAMS = ["wrong-service", "wrong-authority", "expired-leaf", "right"] as const;

/** A mesh whose CA signs with a key that the tests have too, so that they can sign what the CA would refuse to. */
const facts = shared(async (mesh, resources) => {
  const echo = resources.use(await startTcpEcho());
  const gateway = resources.use(await mesh.startTerminatingGateway("gateway"));
  const web = resources.use(await mesh.startSidecar("web", { port: echo.port, upstreams: UPSTREAMS }));
  await mesh.agent.registerExternal({ service: "outside", port: echo.port });
  await gateway.link({ Name: "outside" });

  const key = await generateKeyPair();
  await mesh.agent.put("/v1/connect/ca/configuration", {
    Provider: "consul",
    Config: { PrivateKey: key.privateKeyPem },
  });
  const { Roots } = await mesh.agent.get<{ Roots: { Active: boolean; RootCert: string }[] }>("/v1/connect/ca/roots");
  const root = Roots.find(({ Active }) => Active)?.RootCert ?? "";
  const trust = await mesh.trust();
  const good = await mesh.identity("client");
  const targets = [
    { name: "the gateway", port: gateway.port, service: "outside", admin: gateway.admin },
    { name: "a sidecar", port: web.port, service: "web", admin: web.admin },
  ];
  for (const { port, service } of targets) {
    await eventually(
      async () => {
        using conversation = dialMesh({ port, service, trust, identity: good });
        await conversation.echo("let in");
      },
      { timeoutMs: IN_DATACENTER_MS },
    );
  }
  return { gateway, web, key, root, trust, targets };
});

type Claim = {
  readonly trustDomain?: string;
  readonly service?: string;
  readonly root?: string;
  readonly rootKey?: KeyPair;
  readonly nowMs?: number;
};

/** A leaf that claims to be a service, signed by the mesh's own CA an instant ago for an hour unless told otherwise. */
async function leafThatClaims(claim: Claim): Promise<MeshIdentity> {
  const { trustDomain = facts().trust.trustDomain, service = "client", nowMs = Date.now() } = claim;
  const { root = facts().root, rootKey = facts().key } = claim;
  const key = await generateKeyPair();
  const spiffeId = serviceSpiffeId({ trustDomain, namespace: "default", datacenter: "dc1", service });
  const csr = createCsr({ spiffeId, key });
  const signing = { serial: BigInt(Date.now()), ttlMs: HOUR_MS, nowMs };
  return {
    cert: signLeaf({ csr, issuer: root, issuerKey: rootKey.privateKey, ...signing }),
    key: key.privateKeyPem,
  };
}

/** A CA of the same form as the mesh's, for a trust domain of one's choice. */
async function anotherAuthority(trustDomain: string) {
  const rootKey = await generateKeyPair();
  const signing = { serial: 1n, ttlMs: 24 * HOUR_MS, nowMs: Date.now() };
  return { rootKey, root: createRoot({ trustDomain, key: rootKey, ...signing }) };
}

const CLIENTS = [
  {
    fact: "a client without a certificate",
    identity: async () => undefined,
    expected: { outcome: "NO_CLIENT_CERTIFICATE", reason: "the client presented no certificate" },
  },
  {
    fact: "a self-signed impostor",
    identity: async () => {
      const { root, rootKey } = await anotherAuthority(facts().trust.trustDomain);
      return { cert: root, key: rootKey.privateKeyPem };
    },
    expected: {
      outcome: "CLIENT_TLS_FAILED",
      reason: expect.stringContaining("is self-signed, and no CA that is trusted"),
    },
  },
  {
    fact: "an impostor whose own CA claims the mesh's trust domain",
    identity: async () => leafThatClaims(await anotherAuthority(facts().trust.trustDomain)),
    expected: { outcome: "CLIENT_TLS_FAILED", reason: expect.stringContaining("issued by a CA that is not trusted") },
  },
  {
    fact: "a leaf of another mesh",
    identity: async () =>
      leafThatClaims({ ...(await anotherAuthority(ANOTHER_TRUST_DOMAIN)), trustDomain: ANOTHER_TRUST_DOMAIN }),
    expected: { outcome: "CLIENT_TLS_FAILED", reason: expect.stringContaining("issued by a CA that is not trusted") },
  },
  {
    fact: "a leaf of another trust domain that the mesh's own CA has signed",
    identity: () => leafThatClaims({ trustDomain: ANOTHER_TRUST_DOMAIN }),
    expected: { outcome: "WRONG_TRUST_DOMAIN", reason: expect.stringContaining(ANOTHER_TRUST_DOMAIN) },
  },
  {
    fact: "an expired leaf",
    identity: () => leafThatClaims({ nowMs: Date.now() - 2 * HOUR_MS }),
    expected: { outcome: "CLIENT_TLS_FAILED", reason: expect.stringContaining("has expired") },
  },
] as const;

describe.each(CLIENTS)("$fact", ({ identity, expected }) => {
  test.each(["the gateway", "a sidecar"])("is refused by %s, with the reason", async (name) => {
    const { targets, trust } = facts();
    const target = targets.find((each) => each.name === name);
    if (target === undefined) throw new Error(`there is no ${name}`);
    const { port, service, admin } = target;
    const presented = await identity();
    const { socket: carrier } = await openTcp(port);
    const { localPort } = carrier;
    using conversation = dialMesh({ port, carrier, service, trust, identity: presented });
    conversation.socket.write("let me in");
    await conversation.ended;
    expect(conversation.text).toBe("");
    const refusal = await admin.refusal(({ client }) => client.endsWith(`:${localPort}`));
    expect(refusal).toMatchObject({ ...expected, blame: "client" });
  });
});

/** Registers a sidecar of `destination` that presents this leaf, and calls it by web until it is refused or answers. */
async function callPresented(destination: (typeof UPSTREAMS)[number], identity: MeshIdentity) {
  const { mesh, web, trust } = facts();
  const server = createTlsServer(
    { ...identity, ca: trust.rootsPem, requestCert: true, rejectUnauthorized: true },
    (socket) => socket.end("from the far side"),
  );
  await using far = await listen(server);
  await mesh.agent.put("/v1/catalog/register", {
    Node: `far-${destination}`,
    Address: "127.0.0.1",
    Service: {
      Kind: "connect-proxy",
      ID: `${destination}-proxy`,
      Service: `${destination}-sidecar-proxy`,
      Port: far.port,
      Proxy: { DestinationServiceName: destination },
    },
  });
  return await eventually(
    async () => {
      using conversation = await openTcp(web.upstream(destination));
      await conversation.ended;
      const answer = conversation.text;
      const [refusal] = (await web.admin.refusals()).filter((record) => record.destination === destination);
      if (answer === "" && (refusal === undefined || refusal.outcome === "NO_HEALTHY_ENDPOINT"))
        throw new Error("the far side has not been reached yet");
      return { answer, refusal };
    },
    { timeoutMs: IN_DATACENTER_MS },
  );
}

describe("what an upstream presents to a sidecar", () => {
  test("its own service's leaf is taken", async () => {
    const { answer } = await callPresented("right", await leafThatClaims({ service: "right" }));
    expect(answer).toBe("from the far side");
  });

  test("the leaf of another service of the same mesh is refused", async () => {
    const { mesh, trust } = facts();
    const { answer, refusal } = await callPresented("wrong-service", await mesh.identity("somebody-else"));
    expect(answer).toBe("");
    expect(refusal).toMatchObject({ outcome: "WRONG_PEER_IDENTITY", blame: "upstream" });
    const uri = (service: string) => `spiffe://${trust.trustDomain}/ns/default/dc/dc1/svc/${service}`;
    expect(refusal?.reason).toContain(`proved to be ${uri("somebody-else")}, not ${uri("wrong-service")}`);
  });

  test("the right name signed by another CA is refused", async () => {
    const authority = await anotherAuthority(facts().trust.trustDomain);
    const leaf = await leafThatClaims({ ...authority, service: "wrong-authority" });
    const { answer, refusal } = await callPresented("wrong-authority", leaf);
    expect(answer).toBe("");
    expect(refusal).toMatchObject({ outcome: "UPSTREAM_TLS_FAILED", reason: expect.stringContaining("unknown CA") });
  });

  test("an expired leaf of the right service is refused", async () => {
    const leaf = await leafThatClaims({ service: "expired-leaf", nowMs: Date.now() - 2 * HOUR_MS });
    const { answer, refusal } = await callPresented("expired-leaf", leaf);
    expect(answer).toBe("");
    expect(refusal).toMatchObject({ outcome: "UPSTREAM_TLS_FAILED", reason: expect.stringContaining("expired at") });
  });
});
