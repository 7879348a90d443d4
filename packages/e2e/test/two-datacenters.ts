import { eventually, type ListeningServer, startTcpEcho } from "@causeway/testkit";
import { afterAll, beforeAll, expect, vi } from "vitest";
import {
  ACROSS_DATACENTERS_MS,
  type Conversation,
  type Datacenters,
  type DatacentersOptions,
  type Mesh,
  type MeshGateway,
  openTcp,
  type Sidecar,
  type SidecarOptions,
  START_UP_MS,
  startDatacenters,
} from "../src/index.ts";

/** dc1, the primary, and dc2. */
export type Two = { readonly datacenters: Datacenters<"dc1" | "dc2">; readonly dc1: Mesh; readonly dc2: Mesh };

// A test may wait for processes to start, and for changes to arrive in another datacenter after that.
const TEST_MS = START_UP_MS + 2 * ACROSS_DATACENTERS_MS;

/** Two datacenters that the tests of one file share, with what is set up in them before the first and ended after the last. */
export function sharedTwo<T>(
  setUp: (two: Two, resources: AsyncDisposableStack) => Promise<T>,
  options: Omit<DatacentersOptions<"dc1" | "dc2">, "names"> = {},
) {
  vi.setConfig({ testTimeout: TEST_MS });
  const resources = new AsyncDisposableStack();
  let value: (Two & T) | undefined;
  beforeAll(async () => {
    const datacenters = resources.use(await startDatacenters({ names: ["dc1", "dc2"], ...options }));
    const two = { datacenters, dc1: datacenters.mesh("dc1"), dc2: datacenters.mesh("dc2") };
    value = { ...two, ...(await setUp(two, resources)) };
  }, TEST_MS);
  afterAll(() => resources.disposeAsync(), TEST_MS);
  return () => value as Two & T;
}

/** Runs `attempt` until it holds, as long as a change may take to arrive in another datacenter. */
export function soonAcross<T>(attempt: () => T | Promise<T>): Promise<T> {
  return eventually(attempt, { timeoutMs: ACROSS_DATACENTERS_MS });
}

/** A service with a sidecar. */
export type Service = AsyncDisposable & { readonly sidecar: Sidecar; readonly application: ListeningServer };

/** Starts a service that greets by `greeting` and echoes, with its sidecar. */
export async function startService(
  mesh: Mesh,
  service: string,
  greeting: string,
  options: SidecarOptions = {},
): Promise<Service> {
  await using resources = new AsyncDisposableStack();
  const application = resources.use(await startTcpEcho({ greeting: `${greeting} `, ...listenAt(options) }));
  const sidecar = resources.use(await mesh.startSidecar(service, { ...options, port: application.port }));
  const all = resources.move();
  return { sidecar, application, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function listenAt({ address: host }: SidecarOptions) {
  return host === undefined ? {} : { host };
}

/** A conversation with the application that greets by `greeting`, by way of an upstream's port. */
export async function reach(port: number, greeting: string, host?: string): Promise<Conversation> {
  const conversation = await openTcp(port, host);
  try {
    await conversation.echo("hello");
    if (!conversation.text.startsWith(greeting)) throw new Error(`${conversation.text} instead of ${greeting}`);
    return conversation;
  } catch (error) {
    conversation[Symbol.dispose]();
    throw error;
  }
}

/** Throws while the application can be reached. */
export async function expectOutOfReach(port: number, greeting: string, host?: string): Promise<void> {
  const reached = await reach(port, greeting, host).catch(() => undefined);
  reached?.[Symbol.dispose]();
  if (reached !== undefined) throw new Error(`${greeting} is still reached`);
}

/** The gateways, by name, that carry a new conversation with the application that greets by `greeting`. */
export async function wayTo(
  port: number,
  greeting: string,
  gateways: Readonly<Record<string, MeshGateway>>,
): Promise<readonly string[]> {
  const busy = async () => {
    const each = Object.entries(gateways).map(async ([name, { admin }]) =>
      (await admin.connections()).length === 0 ? [] : [name],
    );
    return (await Promise.all(each)).flat();
  };
  await eventually(async () => expect(await busy()).toEqual([]));
  using _conversation = await reach(port, greeting);
  return busy();
}
