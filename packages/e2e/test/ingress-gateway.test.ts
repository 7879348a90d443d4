import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { request as requestTls } from "node:https";
import { text } from "node:stream/consumers";
import { eventually, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import {
  IN_DATACENTER_MS,
  type IngressListener,
  openTcp,
  reservePort,
  START_UP_MS,
  startHttpServer,
} from "../src/index.ts";
import { shared } from "./support.ts";

const facts = shared(
  async (mesh, resources) => {
    for (const Name of ["s1", "s2"]) await mesh.agent.writeEntry({ Kind: "service-defaults", Name, Protocol: "http" });
    const [echo, one, two] = await Promise.all([
      startTcpEcho({ greeting: "echo " }),
      startHttpServer("s1"),
      startHttpServer("s2"),
    ]);
    for (const each of [echo, one, two]) resources.use(each);
    const started = await Promise.all([
      mesh.startIngressGateway("ingress"),
      mesh.startSidecar("echo", { port: echo.port, checkInterval: "1s" }),
      mesh.startSidecar("s1", { port: one.port, checkInterval: "1s" }),
      mesh.startSidecar("s2", { port: two.port, checkInterval: "1s" }),
    ]);
    for (const each of started) resources.use(each);
    const [gateway] = started;
    // Each is looked at first before it listens.
    for (const service of ["echo", "s1", "s2"]) {
      const path = `/v1/health/connect/${service}?passing`;
      await eventually(async () => expect(await mesh.agent.get<readonly unknown[]>(path)).toHaveLength(1), {
        timeoutMs: START_UP_MS,
      });
    }
    await mesh.agent.intention("ingress", "*", "allow");
    return { gateway, ports: { tcp: await reservePort(), http: await reservePort(), named: await reservePort() } };
  },
  { defaultPolicy: "deny" },
);

const tcpAt = (Port: number): IngressListener => ({ Port, Protocol: "tcp", Services: [{ Name: "echo" }] });
const everyServiceAt = (Port: number): IngressListener => ({ Port, Protocol: "http", Services: [{ Name: "*" }] });
const namedAt = (Port: number): IngressListener => {
  return { Port, Protocol: "http", Services: [{ Name: "s1", Hosts: ["test.example.com", "*.s1.example.com"] }] };
};

function soon<T>(look: () => Promise<T>): Promise<T> {
  return eventually(look, { timeoutMs: IN_DATACENTER_MS });
}

/** What the echo behind a port makes of a word; rejects when it is cut off. */
async function echoed(port: number): Promise<string> {
  using conversation = await openTcp(port);
  return await conversation.ask("word");
}

/** Asks for a host, by a connection of its own; by TLS where there is a root to believe. */
async function ask(port: number, host: string, ca?: string) {
  const asking = { host: "127.0.0.1", port, path: "/", headers: { host }, agent: false } as const;
  const asked = ca === undefined ? request(asking) : requestTls({ ...asking, servername: host, ca });
  const [response] = (await once(asked.end(), "response")) as [IncomingMessage];
  return { status: response.statusCode, text: await text(response) };
}

/** The name of the service that answers for a host. */
async function answering(port: number, host: string, ca?: string): Promise<unknown> {
  const { status, text } = await ask(port, host, ca);
  return status === 200 ? JSON.parse(text).server : status;
}

test("a TCP listener leads connections to its service, whose intentions know the gateway by its name", async () => {
  const { mesh, gateway, ports } = facts();
  await gateway.expose([tcpAt(ports.tcp)]);
  await soon(async () => expect(await echoed(ports.tcp)).toBe("echo word"));

  await mesh.agent.intention("ingress", "echo", "deny");
  await soon(async () => expect(await echoed(ports.tcp).catch(() => "")).toBe(""));
  await mesh.agent.deleteIntention("ingress", "echo");
  await soon(async () => expect(await echoed(ports.tcp)).toBe("echo word"));
});

test("a change of the entry opens and closes listeners, and touches no open connection of others", async () => {
  const { gateway, ports } = facts();
  await gateway.expose([tcpAt(ports.tcp)]);
  await soon(async () => expect(await echoed(ports.tcp)).toBe("echo word"));
  using open = await openTcp(ports.tcp);
  await open.echo("before");

  await gateway.expose([tcpAt(ports.tcp), everyServiceAt(ports.http)]);
  await soon(async () => expect(await answering(ports.http, "s1.ingress.consul")).toBe("s1"));
  await gateway.expose([tcpAt(ports.tcp)]);
  await soon(() => expect(openTcp(ports.http)).rejects.toThrow("ECONNREFUSED"));
  await open.echo("after");
});

test("requests are led by their host: to every service of the protocol, or to those of a listener's own hosts", async () => {
  const { gateway, ports } = facts();
  await gateway.expose([everyServiceAt(ports.http), namedAt(ports.named)]);
  await soon(async () => {
    expect(await answering(ports.http, `s1.ingress.consul:${ports.http}`)).toBe("s1");
    expect(await answering(ports.http, "s2.ingress.dc1.consul")).toBe("s2");
    expect(await answering(ports.named, "test.example.com")).toBe("s1");
    expect(await answering(ports.named, "a.s1.example.com")).toBe("s1");
  });
  expect(await ask(ports.http, "echo.ingress.consul")).toEqual({ status: 404, text: "" });
  expect(await ask(ports.named, "s1.ingress.consul")).toEqual({ status: 404, text: "" });
});

test("a request that intentions do not allow is answered with 503, and told with the reason", async () => {
  const { mesh, gateway, ports } = facts();
  await gateway.expose([everyServiceAt(ports.http)]);
  await mesh.agent.intention("ingress", "s2", "deny");
  await soon(async () => expect(await answering(ports.http, "s2.ingress.consul")).toBe(503));
  expect(await answering(ports.http, "s1.ingress.consul")).toBe("s1");
  await mesh.agent.deleteIntention("ingress", "s2");
  await soon(async () => expect(await answering(ports.http, "s2.ingress.consul")).toBe("s2"));
});

test("with TLS it shows its own certificate, which has the names of services and the listener's hosts", async () => {
  const { mesh, gateway, ports } = facts();
  const { rootsPem } = await mesh.trust();
  await gateway.expose([everyServiceAt(ports.http), namedAt(ports.named)], "tls");
  await soon(async () => {
    expect(await answering(ports.http, "s2.ingress.consul", rootsPem)).toBe("s2");
    expect(await answering(ports.http, "s1.ingress.dc1.consul", rootsPem)).toBe("s1");
    expect(await answering(ports.named, "test.example.com", rootsPem)).toBe("s1");
  });
  await expect(ask(ports.named, "other.example.com", rootsPem)).rejects.toThrow("altnames");
});

test("what cannot be led on, or bound, is told and costs no other listener", async () => {
  const { mesh, gateway, ports } = facts();
  const Routes = [{ Match: { HTTP: { PathPrefix: "/x" } }, Destination: { Service: "s1" } }];
  await mesh.agent.writeEntry({ Kind: "service-router", Name: "s2", Routes });
  const taken = Number(new URL(mesh.agent.url).port);
  const routed: IngressListener = { Port: ports.http, Protocol: "http", Services: [{ Name: "s1" }, { Name: "s2" }] };
  await gateway.expose([routed, tcpAt(taken)]);
  await soon(async () => {
    expect(await answering(ports.http, "s1.ingress.consul")).toBe("s1");
    expect(await answering(ports.http, "s2.ingress.consul")).toBe(404);
    const { unavailable, listeners } = await gateway.admin.routes();
    const reason = expect.stringContaining("service-router");
    expect(unavailable).toContainEqual({ name: `s2 on port ${ports.http}`, reason });
    expect(listeners.find(({ port }) => port === taken)).toMatchObject({ bound: false });
  });
});
