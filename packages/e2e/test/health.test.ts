import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, type SpawnedProcess, spawnProcess, startNatsServer, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { reservePort, SERVICES, START_UP_MS } from "../src/index.ts";

const OWNERS = [...SERVICES.filter((name) => name !== "agent"), "acl"] as const;
const PROXIES = ["terminating-gateway", "mesh-gateway", "sidecar-proxy"] as const;

type Readyz = { readonly ready: boolean; readonly waitingFor: readonly { readonly name: string }[] };

/** A process of a service, and its admin port. */
type Started = { readonly name: string; readonly process: SpawnedProcess; readonly admin: string };

async function start(name: string, natsUrl: string, folder: string): Promise<Started> {
  const program = fileURLToPath(new URL(`../../../services/${name}/src/main.ts`, import.meta.url));
  const process = await spawnProcess(globalThis.process.execPath, [program], {
    env: {
      CAUSEWAY_LOG_FORMAT: "json",
      CAUSEWAY_EXIT_WITH_PARENT: String(globalThis.process.pid),
      CAUSEWAY_NATS_URL: natsUrl,
      CAUSEWAY_DATA_DIR: join(folder, name),
      CAUSEWAY_SERVICE: name,
    },
    readyWhen: (line) => line.includes('"msg":"starting"'),
    readyTimeoutMs: START_UP_MS,
  });
  const line = process.lines.find(({ text }) => text.includes('"msg":"starting"'))?.text ?? "{}";
  const { adminPort } = JSON.parse(line) as { readonly adminPort: number };
  return { name, process, admin: `http://127.0.0.1:${adminPort}` };
}

async function readyz({ admin }: Started): Promise<{ readonly status: number; readonly report: Readyz }> {
  const response = await fetch(`${admin}/readyz`);
  return { status: response.status, report: (await response.json()) as Readyz };
}

test("what runs is alive from its start; owners are ready with their bucket, proxies with a table", async () => {
  await using resources = new AsyncDisposableStack();
  const { path: folder } = resources.use(await temporaryDirectory());
  const port = await reservePort();
  const all: Started[] = [];
  for (const name of [...OWNERS, ...PROXIES]) {
    const started = await start(name, `nats://127.0.0.1:${port}`, folder);
    resources.use(started.process);
    all.push(started);
  }
  for (const one of all) {
    expect((await fetch(`${one.admin}/healthz`)).status, one.name).toBe(200);
    expect(await readyz(one), one.name).toMatchObject({ status: 503, report: { ready: false } });
  }

  resources.use(await startNatsServer({ port }));
  const owners = all.filter(({ name }) => !PROXIES.some((proxy) => proxy === name));
  for (const owner of owners) {
    await eventually(async () => expect((await readyz(owner)).status, owner.name).toBe(200), {
      timeoutMs: START_UP_MS,
    });
  }
  // Nobody has registered the proxies, so that they know of nothing to serve.
  for (const proxy of all.filter((one) => !owners.includes(one))) {
    const { status, report } = await readyz(proxy);
    expect(status, proxy.name).toBe(503);
    expect(report.waitingFor.map(({ name }) => name)).toContain("table");
    expect((await fetch(`${proxy.admin}/healthz`)).status).toBe(200);
  }
}, 240_000);
