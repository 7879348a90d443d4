import { once } from "node:events";
import { connect, createServer, type TLSSocket } from "node:tls";
import { TestMesh } from "@causeway/gateway/testing";
import { instanceRecord, intentionsFor } from "@causeway/routes/testing";
import {
  freePort,
  listen,
  type SpawnOptions,
  spawnProcess,
  startNatsServer,
  startTcpEcho,
  temporaryDirectory,
} from "@causeway/testkit";

/** A control plane and a mesh gateway in its own process, which is ready. */
export type Stage = AsyncDisposable & {
  readonly mesh: TestMesh;
  /** Port that the gateway listens on. */
  readonly port: number;
  /** Answer of a debug page of the gateway. */
  debug<T>(page: string): Promise<T>;
  /** Tells the catalog that a service's sidecar takes mesh connections at this port. */
  register(service: string, port: number): Promise<void>;
  /** Starts a service that takes mesh connections by itself, with its leaf, greets and echoes; gives its port. */
  startService(service: string): Promise<number>;
  /** Starts a service with a sidecar proxy in its own process, that `web` may call; gives the port that the mesh reaches it at. */
  startSidecar(service: string): Promise<number>;
};

/** What /debug/refusals tells, as far as tests look at it. */
export type Refusals = readonly { readonly outcome: string; readonly serverName?: string }[];

const mainOf = (service: string) => new URL(`../../${service}/src/main.ts`, import.meta.url).pathname;

/** Sets the stage; all of it ends with `await using`. With "service" the CA service signs, in its own process. */
export async function setStage(signedBy: "test" | "service" = "test"): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer());

  async function run(service: string, env: Readonly<Record<string, string>>, readyWhen?: SpawnOptions["readyWhen"]) {
    const folder = stack.use(await temporaryDirectory());
    const adminUrl = `http://127.0.0.1:${await freePort()}`;
    const common = { CAUSEWAY_NATS_URL: nats.url, CAUSEWAY_DATA_DIR: folder.path, CAUSEWAY_NODE: "node1" };
    const options = {
      env: { ...common, CAUSEWAY_ADMIN_PORT: new URL(adminUrl).port, ...env },
      readyWhen: readyWhen ?? new URL(`${adminUrl}/readyz`),
    };
    stack.use(await spawnProcess(process.execPath, [mainOf(service)], options));
    return adminUrl;
  }

  if (signedBy === "service") await run("ca", {}, (line) => line.includes('"ready"'));
  const mesh = stack.use(await TestMesh.open(nats.url, { signedBy }));
  const port = await freePort();
  await mesh.register(instanceRecord({ Service: "gw", Kind: "mesh-gateway", Address: "127.0.0.1", Port: port }));
  const adminUrl = await run("mesh-gateway", { CAUSEWAY_SERVICE: "gw" });

  async function register(service: string, at: number): Promise<void> {
    const Provider = `${service}-sidecar-proxy`;
    const proxied = { DestinationServiceName: service };
    await mesh.register(
      instanceRecord({ Service: Provider, Kind: "connect-proxy", Address: "127.0.0.1", Port: at, Proxy: proxied }),
    );
    await mesh.put("catalog", "connect", [service, Provider], {
      Destination: service,
      Provider,
      Kind: "connect-proxy",
    });
  }

  return {
    mesh,
    port,
    register,
    debug: async <T>(page: string) => (await (await fetch(`${adminUrl}/debug/${page}`)).json()) as T,
    async startService(service) {
      const leaf = await mesh.leafFor(service);
      const server = createServer({ ...leaf, ca: mesh.rootsPem, requestCert: true }, (socket) => {
        socket.on("error", () => {});
        socket.write(`${service} `);
        socket.pipe(socket);
      });
      return stack.use(await listen(server)).port;
    },
    async startSidecar(service) {
      const application = stack.use(await startTcpEcho({ greeting: `${service} ` }));
      await mesh.put("intentions", "destination", [service], intentionsFor(service, { web: "allow" }));
      const at = await freePort();
      // Its own registration has another name than the one that the gateway goes by, so that a relay may stand between them.
      const own = `${service}-behind-a-relay`;
      const proxied = {
        DestinationServiceName: service,
        LocalServicePort: application.port,
        Config: { bind_address: "127.0.0.1" },
      };
      await mesh.register(instanceRecord({ Service: own, Kind: "connect-proxy", Port: at, Proxy: proxied }));
      await run("sidecar-proxy", { CAUSEWAY_SERVICE: own });
      return at;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Connects to a service through whatever listens at `port`, as a sidecar of `caller` would, and reads what the service says first. */
export async function dial(
  { mesh, port }: Pick<Stage, "mesh" | "port">,
  service: string,
  caller: { readonly cert: string; readonly key: string },
): Promise<{ readonly socket: TLSSocket; readonly greeting: string }> {
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: `${service}.default.dc1.internal.${mesh.trustDomain}`,
    ca: mesh.rootsPem,
    // A mesh certificate carries no host name; who the far side is, is in its URI.
    checkServerIdentity: () => undefined,
    ...caller,
  });
  try {
    await once(socket, "secureConnect");
    const greeting = await next(socket);
    socket.on("error", () => {});
    return { socket, greeting };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The next that comes on a connection; rejects when it is closed without anything. */
export async function next(socket: TLSSocket): Promise<string> {
  const closed = closeOf(socket).then(() => {
    throw new Error("closed without a word");
  });
  closed.catch(() => {});
  const [data] = (await Promise.race([once(socket, "data"), closed])) as [Buffer];
  return data.toString();
}

/** Resolves when a connection is closed, by a reset too. */
export function closeOf(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
