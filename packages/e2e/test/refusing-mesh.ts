import { connect } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { serviceServerName } from "@causeway/model";
import type { EngineChoice, Leaf } from "@causeway/proxy";
import type { Endpoint, Inbound, Listener, Outbound, Route } from "@causeway/routes";
import { freePort, type ListeningServer, listen, startTcpEcho } from "@causeway/testkit";
import { Conversation, dialMesh, type MeshIdentity, openTcp, TestAuthority, ToldProxy } from "../src/index.ts";

export const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul";

/** How many connections the proxy takes at once. */
export const MAX_CONNECTIONS = 12;

/** Long enough for a client that has other work to say hello in time, and short enough to wait for. */
const HELLO_TIMEOUT_MS = 3_000;

/** Services that clients ask for by server name; all are echoed but those that have a reason not to be. */
export const SERVICES = ["db", "fickle", "leaving", "denied", "unissued", "lonely", "dead"];

/** What the proxy is told that may change while it runs. */
export type Circumstances = {
  /** Whom web may not call. */
  readonly denied: readonly string[];
  /** Services without a route. */
  readonly gone: readonly string[];
  /** PEM of the roots that are trusted. */
  readonly roots: readonly string[];
};

/** A client's end of a connection, and its address as the proxy sees it. */
export type Call = { readonly client: string; readonly conversation: Conversation };

/** A proxy, and around it all that makes it refuse connections. */
export type RefusingMesh = AsyncDisposable & {
  readonly proxy: ToldProxy;
  readonly authority: TestAuthority;
  /** Signs under another root, which is trusted at first as well. */
  readonly other: TestAuthority;
  /** The identity of web. */
  readonly web: MeshIdentity;
  /** Tells the proxy how things are now; what is left out is as it was at first. */
  tell(circumstances?: Partial<Circumstances>): Promise<void>;
  /** Connects to a listener by TCP. */
  open(listener: string): Promise<Call>;
  /** The same where the connection may be reset before it is known to be open; resolves when it has ended. */
  knock(listener: string): Promise<Call>;
  /** Calls a service; without `service` no server name is sent, without `identity` no certificate. */
  call(how: { readonly service?: string; readonly identity?: MeshIdentity }): Promise<Call>;
};

/** Starts it all, with this engine; spans are exported as `env` says. */
export async function startRefusingMesh(
  engine: EngineChoice,
  env: Readonly<Record<string, string>>,
): Promise<RefusingMesh> {
  await using resources = new AsyncDisposableStack();
  const [authority, other] = await Promise.all([
    TestAuthority.create(TRUST_DOMAIN),
    TestAuthority.create(TRUST_DOMAIN),
  ]);
  const proxy = resources.use(
    await ToldProxy.start({ engine, env, helloTimeoutMs: HELLO_TIMEOUT_MS, maxConnections: MAX_CONNECTIONS }),
  );
  const [echo, impostor] = await Promise.all([startTcpEcho(), startImpostor(authority)]);
  resources.use(echo);
  resources.use(impostor);
  const leaves = new Map<string, Leaf>();
  for (const service of ["web", ...SERVICES]) {
    if (service !== "unissued") leaves.set(service, await authority.leaf(authority.spiffeId(service)));
  }
  const ports = { echo: echo.port, dead: await freePort(), impostor: impostor.port };

  const first: Circumstances = { denied: ["denied"], gone: [], roots: [authority.root, other.root] };
  const tell = (changed: Partial<Circumstances> = {}) => {
    const now = { ...first, ...changed };
    const roots = { trustDomain: TRUST_DOMAIN, certificatesPem: now.roots, version: now.roots.join() };
    return proxy.tell({ table: { listeners: listenersOf(now, authority, ports), unavailable: [] }, leaves, roots });
  };
  await tell();
  const open = async (listener: string) => {
    const conversation = await openTcp(proxy.port(listener));
    return { client: `127.0.0.1:${conversation.socket.localPort}`, conversation };
  };
  const knock = async (listener: string) => {
    // Of a connection that is reset at once nobody can be asked which port it had.
    const localPort = await freePort();
    const conversation = new Conversation(connect({ host: "127.0.0.1", port: proxy.port(listener), localPort }));
    await conversation.ended;
    return { client: `127.0.0.1:${localPort}`, conversation };
  };
  const trust = { trustDomain: TRUST_DOMAIN, activeRootId: "", rootsPem: authority.root + other.root };
  const call: RefusingMesh["call"] = async ({ service, identity }) => {
    const { client, conversation } = await open("mesh");
    const port = proxy.port("mesh");
    return { client, conversation: dialMesh({ port, carrier: conversation.socket, identity, service, trust }) };
  };
  const held = resources.move();
  const web = identityOf(leaves.get("web"));
  return { proxy, authority, other, web, tell, open, knock, call, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** A leaf under the names that node:tls gives its parts. */
export function identityOf(leaf: Leaf | undefined): MeshIdentity {
  if (leaf === undefined) throw new Error("no such leaf was issued");
  return { cert: leaf.certificatePem, key: leaf.privateKeyPem };
}

/** Somebody else of the mesh, where `db` is expected. */
async function startImpostor(authority: TestAuthority): Promise<ListeningServer> {
  const identity = identityOf(await authority.leaf(authority.spiffeId("somebody-else")));
  return listen(createTlsServer(identity, (socket) => void socket.on("error", () => undefined)));
}

type Ports = { readonly echo: number; readonly dead: number; readonly impostor: number };

/** Of each kind one listener, so that an engine which carries only some of them has those to itself. */
function listenersOf(now: Circumstances, authority: TestAuthority, ports: Ports): readonly Listener[] {
  const routes = SERVICES.filter((service) => !now.gone.includes(service)).map((service): [string, Route] => {
    const endpoint = endpointAt(service === "dead" ? ports.dead : ports.echo, service !== "lonely");
    const serverName = serviceServerName({ service, datacenter: "dc1", trustDomain: TRUST_DOMAIN });
    return [serverName, routeTo(endpoint, { name: service, inbound: takenIn(service, now.denied.includes(service)) })];
  });
  const echo = endpointAt(ports.echo);
  const files: Outbound = { kind: "tls", caFile: "/nowhere/ca.pem" };
  const system: Outbound = { kind: "tls", caFile: SYSTEM_CA_FILE };
  const mesh: Outbound = {
    kind: "mesh",
    leaf: "web",
    serverName: "db.example",
    spiffeIds: [authority.spiffeId("db")],
  };
  return [
    { name: "mesh", address: "127.0.0.1", port: 0, match: { by: "sni", routes: new Map(routes) } },
    direct("plain", routeTo(echo)),
    direct("files", routeTo(echo, { outbound: files })),
    direct("not-tls", routeTo(echo, { outbound: system })),
    direct("impostor", routeTo(endpointAt(ports.impostor), { outbound: mesh })),
    direct("odd", routeTo(endpointAt(NO_PORT), { protocol: "http" })),
  ];
}

/** CA certificates that can be read, whosesoever. */
const SYSTEM_CA_FILE = "/etc/ssl/certs/ca-certificates.crt";

/** What no schema lets through and no check of Node's sockets expects, which carry HTTP by either engine: an unforeseen failure. */
const NO_PORT = 99_999;

function direct(name: string, route: Route): Listener {
  return { name, address: "127.0.0.1", port: 0, match: { by: "listener", route: { ...route, name } } };
}

function routeTo(endpoint: Endpoint, options: Partial<Route> = {}): Route {
  const plain = { inbound: { kind: "plain" }, outbound: { kind: "plain" } } as const;
  return { name: "db", ...plain, connectTimeoutMs: 2_000, endpoints: [endpoint], ...options };
}

function takenIn(service: string, denied: boolean): Inbound {
  return {
    kind: "mtls",
    leaf: service,
    authorization: { destination: service, intentions: [], defaultAction: denied ? "deny" : "allow" },
  };
}

function endpointAt(port: number, healthy = true): Endpoint {
  return { address: "127.0.0.1", port, weight: 1, healthy, node: "n1", instance: `at-${port}` };
}
