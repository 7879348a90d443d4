import { resolve } from "node:path";
import {
  freePort,
  type NatsServer,
  type SpawnedProcess,
  spawnProcess,
  startNatsServer,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@causeway/testkit";

/** A control-plane service that tests start as its own process. */
export type Owner = "acl" | "ca" | "catalog" | "config-entries" | "federation" | "intentions" | "kv";

const SERVICES = resolve(import.meta.dirname, "../..");

/** How a control plane is one datacenter's among several; by itself it is that of dc1. */
export type Place = {
  readonly datacenter: string;
  readonly primaryDatacenter: string;
  /** Configuration of its NATS server. */
  readonly config: string;
};

/** An agent and where its API is. */
export type RunningAgent = { readonly process: SpawnedProcess; readonly base: string };

/** A NATS server, the owners of the buckets, and as many agents as a test asks for: real processes, which all end with it. */
export class ControlPlane implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly #folder: TemporaryDirectory;
  readonly #env: Readonly<Record<string, string>>;
  readonly #processes: SpawnedProcess[] = [];
  readonly #owners = new Map<Owner, SpawnedProcess>();

  private constructor(nats: NatsServer, folder: TemporaryDirectory, place: Place | undefined) {
    this.nats = nats;
    this.#folder = folder;
    this.#env =
      place === undefined
        ? {}
        : { CAUSEWAY_DATACENTER: place.datacenter, CAUSEWAY_PRIMARY_DATACENTER: place.primaryDatacenter };
  }

  /** Resolves when NATS and the owners are ready. */
  static async start(owners: readonly Owner[], place?: Place): Promise<ControlPlane> {
    const nats = await startNatsServer(place === undefined ? {} : { config: place.config });
    const plane = new ControlPlane(nats, await temporaryDirectory(), place);
    try {
      await Promise.all(owners.map((owner) => plane.startOwner(owner)));
    } catch (error) {
      await plane[Symbol.asyncDispose]();
      throw error;
    }
    return plane;
  }

  /** Starts an owner that is told `more` besides. */
  async startOwner(owner: Owner, more: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#owners.set(owner, await this.#run(owner, { CAUSEWAY_DATA_DIR: this.#folder.path, ...more }));
  }

  /** Ends an owner as a power cut would. */
  async killOwner(owner: Owner): Promise<void> {
    await this.#owners.get(owner)?.kill9();
  }

  /** Starts an agent that is told `more` besides, and resolves when it has read every bucket. */
  async startAgent(nodeName: string, more: Readonly<Record<string, string>> = {}): Promise<RunningAgent> {
    const httpPort = await freePort();
    // Only tests of that are about agents that have failed, however long a busy machine takes to start one again.
    const rarely = { CAUSEWAY_BEAT_INTERVAL_MS: "60000" };
    const env = { CAUSEWAY_NODE_NAME: nodeName, CAUSEWAY_HTTP_PORT: String(httpPort), ...rarely, ...more };
    return { process: await this.#run("agent", env), base: `http://127.0.0.1:${httpPort}` };
  }

  /** Starts a terminating gateway, and resolves when it carries what it can. */
  startTerminatingGateway(env: Readonly<Record<string, string>>): Promise<SpawnedProcess> {
    return this.#run("terminating-gateway", env);
  }

  async #run(service: string, env: Readonly<Record<string, string>>): Promise<SpawnedProcess> {
    const spawned = await spawnProcess("node", ["src/main.ts"], {
      cwd: resolve(SERVICES, service),
      env: {
        CAUSEWAY_NATS_URL: this.nats.url,
        CAUSEWAY_LOG_FORMAT: "json",
        CAUSEWAY_DRAIN_TIMEOUT_MS: "500",
        ...this.#env,
        ...env,
      },
      readyWhen: (line) => line.includes('"msg":"ready"'),
    });
    this.#processes.push(spawned);
    return spawned;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.stop()));
    await this.nats.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** What an agent answered. */
export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  readonly index: number;
};

/** Asks an agent; a body is sent as JSON, without a Content-Type. */
export async function ask(base: string, method: string, path: string, body?: unknown): Promise<Answered> {
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  const request = sent === undefined ? { method } : { method, body: new TextEncoder().encode(sent) };
  const answer = await fetch(`${base}${path}`, { ...request, redirect: "manual" });
  const text = await answer.text();
  const json = answer.headers.get("content-type") === "application/json" ? JSON.parse(text) : undefined;
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json,
    index: Number(answer.headers.get("x-consul-index")),
  };
}
