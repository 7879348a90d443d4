import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { TestMesh } from "@causeway/gateway/testing";
import type { InstanceRecord } from "@causeway/model";
import { type InstanceFacts, instanceRecord, intentionsFor, linkRecord } from "@causeway/routes/testing";
import {
  eventually,
  freePort,
  type NatsServer,
  type SpawnedProcess,
  spawnProcess,
  startNatsServer,
  startTcpEcho,
  temporaryDirectory,
} from "@causeway/testkit";

/** A control plane, a gateway's registration and a folder for its process, which is started by `start`. */
export type Stage = AsyncDisposable & {
  readonly nats: NatsServer;
  readonly mesh: TestMesh;
  /** Port that the gateway is registered with. */
  readonly port: number;
  readonly registration: InstanceRecord;
  /** Folder in which gateways keep what they know. */
  readonly dataDir: string;
  /** Starts a gateway; with `ready` it resolves when /readyz says so. */
  start(options?: StartOptions): Promise<RunningGateway>;
  /** Registers and links a service that greets with its name and echoes, and that `web` may call. */
  addService(name: string, greeting?: string): Promise<void>;
};

export type StartOptions = { readonly until?: "ready" | "started"; readonly env?: Readonly<Record<string, string>> };

export type RunningGateway = AsyncDisposable & {
  readonly process: SpawnedProcess;
  readonly adminUrl: string;
  /** Answer of a debug page. */
  debug<T>(page: string): Promise<T>;
};

/** What /debug/routes tells, as far as tests look at it. */
export type RoutesPage = {
  readonly routes: readonly { readonly name: string }[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
};

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const CA_MAIN = new URL("../../ca/src/main.ts", import.meta.url).pathname;

/** How a stage differs from the usual one. */
export type StageOptions = {
  readonly registered?: boolean;
  readonly facts?: Partial<InstanceFacts>;
  /** Who signs leaves: the test, or the CA service in a process of its own. */
  readonly signedBy?: "test" | "service";
};

/** Sets the stage; all of it ends with `await using`. */
export async function setStage({
  registered = true,
  facts = {},
  signedBy = "test",
}: StageOptions = {}): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer());
  if (signedBy === "service") await startCa(stack, nats.url);
  const mesh = stack.use(await TestMesh.open(nats.url, { signedBy }));
  const folder = stack.use(await temporaryDirectory());
  const port = await freePort();
  const registration = instanceRecord({
    Service: "gw",
    Kind: "terminating-gateway",
    Address: "127.0.0.1",
    Port: port,
    ...facts,
  });
  if (registered) await mesh.register(registration);
  return {
    nats,
    mesh,
    port,
    registration,
    dataDir: folder.path,
    async start({ until = "ready", env = {} } = {}) {
      const adminPort = await freePort();
      const adminUrl = `http://127.0.0.1:${adminPort}`;
      const process = stack.use(
        await spawnProcess(globalThis.process.execPath, [MAIN], {
          env: {
            CAUSEWAY_NATS_URL: nats.url,
            CAUSEWAY_SERVICE: "gw",
            CAUSEWAY_NODE: "node1",
            CAUSEWAY_ADMIN_PORT: String(adminPort),
            CAUSEWAY_DATA_DIR: folder.path,
            ...env,
          },
          readyWhen: new URL(until === "ready" ? `${adminUrl}/readyz` : `${adminUrl}/healthz`),
        }),
      );
      return {
        process,
        adminUrl,
        debug: async <T>(page: string) => (await (await fetch(`${adminUrl}/debug/${page}`)).json()) as T,
        [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
      };
    },
    async addService(name, greeting = `${name} `) {
      const echo = stack.use(await startTcpEcho({ greeting }));
      await mesh.register(instanceRecord({ Service: name, Address: "127.0.0.1", Port: echo.port }));
      await mesh.put("intentions", "destination", [name], intentionsFor(name, { web: "allow" }));
      await mesh.put("catalog", "gateway-service", ["gw", name], linkRecord("gw", name));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function startCa(stack: AsyncDisposableStack, natsUrl: string): Promise<void> {
  const folder = stack.use(await temporaryDirectory());
  const env = { CAUSEWAY_NATS_URL: natsUrl, CAUSEWAY_DATA_DIR: folder.path };
  const readyWhen = (line: string) => line.includes('"ready"');
  stack.use(await spawnProcess(globalThis.process.execPath, [CA_MAIN], { env, readyWhen }));
}

/** A caller's identity, got once and used while nobody can sign another. */
export type Caller = { readonly cert: string; readonly key: string };

/** Connects to a service by way of a gateway, as a sidecar of the caller would. Rejects when the gateway refuses. */
export async function dial(
  { mesh, port }: Pick<Stage, "mesh" | "port">,
  service: string,
  caller: Caller,
): Promise<TLSSocket> {
  const servername = `${service}.default.dc1.internal.${mesh.trustDomain}`;
  // A mesh certificate carries no host name; who the far side is, is in its URI.
  const checkServerIdentity = () => undefined;
  const socket = connect({
    host: "127.0.0.1",
    port,
    servername,
    ca: mesh.rootsPem,
    checkServerIdentity,
    ...caller,
  });
  await once(socket, "secureConnect");
  return socket;
}

/** What the service says first, which with TLS 1.3 is also the first proof that the gateway has let the caller in. */
export async function greetingOf(socket: TLSSocket): Promise<string> {
  const [data] = (await Promise.race([once(socket, "data"), closedEarly(socket)])) as [Buffer];
  return data.toString();
}

/** Dials, reads the greeting, and closes. */
export async function greet(stage: Pick<Stage, "mesh" | "port">, service: string, caller: Caller): Promise<string> {
  const socket = await dial(stage, service, caller);
  try {
    return await greetingOf(socket);
  } finally {
    socket.destroy();
  }
}

async function closedEarly(socket: TLSSocket): Promise<never> {
  await once(socket, "close");
  throw new Error("closed without a greeting");
}

/** Resolves when the gateway serves a service. */
export function served(stage: Pick<Stage, "mesh" | "port">, service: string, caller: Caller): Promise<string> {
  return eventually(() => greet(stage, service, caller));
}
