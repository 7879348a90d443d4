import { eventually } from "@causeway/testkit";
import { afterAll, beforeAll, vi } from "vitest";
import {
  type CallOptions,
  call,
  IN_DATACENTER_MS,
  type Mesh,
  type MeshOptions,
  openTcp,
  START_UP_MS,
  startMesh,
} from "../src/index.ts";

// A test may wait for processes to start and for changes to arrive after that.
const TEST_MS = 2 * START_UP_MS;

/** What the tests of one file share, set up before the first and ended after the last. */
export function shared<T>(
  setUp: (mesh: Mesh, resources: AsyncDisposableStack) => Promise<T>,
  options: MeshOptions = {},
) {
  vi.setConfig({ testTimeout: TEST_MS });
  const resources = new AsyncDisposableStack();
  let value: (T & { readonly mesh: Mesh }) | undefined;
  beforeAll(async () => {
    const mesh = resources.use(await startMesh(options));
    value = { mesh, ...(await setUp(mesh, resources)) };
  }, TEST_MS);
  afterAll(() => resources.disposeAsync());
  return () => value as T & { readonly mesh: Mesh };
}

/** Calls until the call is answered, as long as a change may take to arrive. */
export function callSoon(port: number, options: CallOptions = {}) {
  return eventually(() => call(port, options), { timeoutMs: IN_DATACENTER_MS });
}

/** Says something to a service that echoes until that comes back, as long as a change may take to arrive. */
export function echoSoon(port: number): Promise<void> {
  const attempt = async () => {
    using conversation = await openTcp(port);
    await conversation.echo("hello");
  };
  return eventually(attempt, { timeoutMs: IN_DATACENTER_MS });
}

/** Calls until the call fails, as long as a change may take to arrive. */
export async function refusedSoon(port: number): Promise<void> {
  await eventually(
    async () => {
      const answered = await call(port).then(
        () => true,
        () => false,
      );
      if (answered) throw new Error("the call is still answered");
    },
    { timeoutMs: IN_DATACENTER_MS },
  );
}
