import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { TestMesh } from "@causeway/gateway/testing";
import type { InstanceRecord, Upstream } from "@causeway/model";
import { instanceRecord, intentionsFor } from "@causeway/routes/testing";
import {
  freePort,
  type NatsServer,
  type SpawnedProcess,
  spawnProcess,
  startNatsServer,
  startTcpEcho,
  temporaryDirectory,
} from "@causeway/testkit";

/** A service with its sidecar's registration; its application greets with its name and echoes. */
export type MeshService = {
  readonly name: string;
  readonly sidecar: InstanceRecord;
  /** Port at which the mesh reaches it. */
  readonly publicPort: number;
  /** Local ports of its upstreams, by their destination. */
  readonly upstreamPorts: Readonly<Record<string, number>>;
};

/** A control plane with services in its mesh. */
export type Stage = AsyncDisposable & {
  readonly nats: NatsServer;
  readonly mesh: TestMesh;
  /** Registers a service and its sidecar, with these services as its upstreams. */
  addService(name: string, ...upstreams: readonly (string | Partial<Upstream>)[]): Promise<MeshService>;
  /** Starts the sidecar of a service; resolves when it is ready. */
  startSidecar(service: MeshService): Promise<RunningSidecar>;
};

export type RunningSidecar = AsyncDisposable & {
  readonly process: SpawnedProcess;
  /** Answer of a debug page. */
  debug<T>(page: string): Promise<T>;
};

/** What /debug/refusals tells, as far as tests look at it. */
export type Refusals = readonly {
  readonly outcome: string;
  readonly source?: string;
  readonly failedDials?: unknown;
}[];

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;

/** Sets the stage; all of it ends with `await using`. */
export async function setStage(): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer());
  const mesh = stack.use(await TestMesh.open(nats.url));
  return {
    nats,
    mesh,
    async addService(name, ...upstreams) {
      const application = stack.use(await startTcpEcho({ greeting: `${name} ` }));
      const publicPort = await freePort();
      const Upstreams = await Promise.all(upstreams.map(upstreamOf));
      const sidecar = instanceRecord({
        Service: `${name}-sidecar-proxy`,
        Kind: "connect-proxy",
        Address: "127.0.0.1",
        Port: publicPort,
        Proxy: {
          DestinationServiceName: name,
          LocalServicePort: application.port,
          Upstreams,
          Config: { bind_address: "127.0.0.1" },
        },
      });
      await mesh.register(sidecar);
      const Provider = sidecar.Service.Service;
      await mesh.put("catalog", "connect", [name, Provider], { Destination: name, Provider, Kind: "connect-proxy" });
      const ports = Upstreams.map(({ DestinationName, LocalBindPort = 0 }) => [DestinationName, LocalBindPort]);
      return { name, sidecar, publicPort, upstreamPorts: Object.fromEntries(ports) };
    },
    async startSidecar({ sidecar }) {
      const folder = stack.use(await temporaryDirectory());
      const adminUrl = `http://127.0.0.1:${await freePort()}`;
      const process = stack.use(
        await spawnProcess(globalThis.process.execPath, [MAIN], {
          env: {
            CAUSEWAY_NATS_URL: nats.url,
            CAUSEWAY_SERVICE: sidecar.Service.Service,
            CAUSEWAY_NODE: sidecar.Node.Node,
            CAUSEWAY_ADMIN_PORT: new URL(adminUrl).port,
            CAUSEWAY_DATA_DIR: folder.path,
          },
          readyWhen: new URL(`${adminUrl}/readyz`),
        }),
      );
      return {
        process,
        debug: async <T>(page: string) => (await (await fetch(`${adminUrl}/debug/${page}`)).json()) as T,
        [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function upstreamOf(upstream: string | Partial<Upstream>): Promise<Upstream> {
  const facts = typeof upstream === "string" ? { DestinationName: upstream } : upstream;
  return { DestinationName: "", LocalBindPort: await freePort(), ...facts };
}

/** Says who may call a destination, and that nobody else may. */
export function allow(mesh: TestMesh, destination: string, ...sources: readonly string[]): Promise<void> {
  const actions = Object.fromEntries(sources.map((source) => [source, "allow" as const]));
  return mesh.put("intentions", "destination", [destination], intentionsFor(destination, actions));
}

/** Connects to a local port as an application would. */
export async function dial(port: number | undefined): Promise<Socket> {
  const socket = connect(port ?? 0, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** The next that comes on a connection; rejects when it is closed without anything. */
export async function next(socket: Socket): Promise<string> {
  const ended = Promise.race([once(socket, "end"), once(socket, "close")]).then(() => {
    throw new Error("closed without a word");
  });
  ended.catch(() => {});
  const [data] = (await Promise.race([once(socket, "data"), ended])) as [Buffer];
  return data.toString();
}

/** Dials, reads the greeting, and closes. */
export async function greet(port: number | undefined): Promise<string> {
  const socket = await dial(port);
  try {
    return await next(socket);
  } finally {
    socket.destroy();
  }
}
