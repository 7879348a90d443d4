import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "@causeway/testkit";
import { expect, test } from "vitest";
import { type Mesh, SERVICES, START_UP_MS, startHttpServer } from "../src/index.ts";
import { callSoon, refusedSoon, shared } from "./support.ts";

type Roots = {
  readonly ActiveRootID: string;
  readonly TrustDomain: string;
  readonly Roots: readonly { readonly ID: string; readonly RootCert: string }[];
};
type Intentions = readonly {
  readonly SourceName: string;
  readonly DestinationName: string;
  readonly Action: string;
}[];

const facts = shared(async (mesh, resources) => {
  const billing = resources.use(await startHttpServer("billing"));
  const gateway = resources.use(await mesh.startTerminatingGateway("edge"));
  const web = resources.use(await mesh.startSidecar("web", { upstreams: ["billing", "secret"] }));
  for (const service of ["billing", "secret"]) await mesh.agent.registerExternal({ service, port: billing.port });
  await gateway.link({ Name: "billing" }, { Name: "secret" });
  await mesh.agent.intention("web", "secret", "deny");
  await callSoon(web.upstream("billing"));
  await refusedSoon(web.upstream("secret"));
  return { web, folder: join(mesh.busFolder, "..", "..") };
});

/** Who is trusted and who may call whom: what must be as it was. */
async function essence({ agent }: Mesh) {
  const { ActiveRootID, TrustDomain, Roots } = await agent.get<Roots>("/v1/connect/ca/roots");
  const intentions = await agent.get<Intentions>("/v1/connect/intentions");
  return {
    ActiveRootID,
    TrustDomain,
    roots: Roots.map(({ ID, RootCert }) => ({ ID, RootCert })),
    intentions: intentions.map(({ SourceName, DestinationName, Action }) => [SourceName, DestinationName, Action]),
  };
}

/** Has NATS lose all that it keeps, and brings everything back. */
async function loseAllState(mesh: Mesh, folder: string): Promise<void> {
  await mesh.kill9All();
  await rm(join(folder, "nats-1", "jetstream"), { recursive: true });
  await mesh.nats.restart();
  await Promise.all(SERVICES.map((name) => mesh.restart(name)));
}

test("what NATS has lost comes back from a snapshot: the roots, the intentions, and traffic", async () => {
  const { mesh, web, folder } = facts();
  const file = join(folder, "backup.snap");
  const saved = await mesh.causeway("snapshot", "save", file);
  expect(saved).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^Saved and verified snapshot to index \d+\s*$/),
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const inspected = await mesh.causeway("snapshot", "inspect", file);
  expect(inspected.out).toMatch(/^ca-keys\/key +1 /m);
  const before = await essence(mesh);

  await loseAllState(mesh, folder);
  const emptied = await essence(mesh);
  expect(emptied.ActiveRootID).not.toBe(before.ActiveRootID);
  expect(emptied.intentions).toEqual([]);

  const whole = await readFile(file);
  await writeFile(join(folder, "cut.snap"), whole.subarray(0, -10));
  const refused = await mesh.causeway("snapshot", "restore", join(folder, "cut.snap"));
  expect(refused).toMatchObject({ status: 1, err: expect.stringContaining("cut short or damaged") });
  expect(await essence(mesh)).toEqual(emptied);

  const restored = await mesh.causeway("snapshot", "restore", file);
  expect(restored).toMatchObject({ status: 0, out: expect.stringMatching(/^Restored snapshot\s*$/) });
  await eventually(async () => expect(await essence(mesh)).toEqual(before), { timeoutMs: START_UP_MS });
  await eventually(() => callSoon(web.upstream("billing")), { timeoutMs: START_UP_MS });
  await refusedSoon(web.upstream("secret"));
}, 180_000);
