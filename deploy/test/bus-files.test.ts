import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type TemporaryDirectory, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../docker/command.ts";
import { BUS_INIT } from "../src/bus-init.ts";
import { readComposeFile } from "../src/compose-file.ts";
import { renderManifests } from "../src/manifests.ts";

const DEPLOY = resolve(import.meta.dirname, "..");

let folder: TemporaryDirectory;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Makes keys and configuration as the guide says; gives the folder. */
async function initBus(flags: readonly string[], name: string): Promise<string> {
  const at = join(folder.path, name);
  await run(process.execPath, [
    fileURLToPath(import.meta.resolve("@causeway/cli/main")),
    "bus",
    "init",
    "-dir",
    at,
    ...flags,
  ]);
  return at;
}

test("Compose finds every file of the bus that it mounts", async () => {
  const bus = await initBus(BUS_INIT.compose, "compose");
  const { services } = await readComposeFile(join(DEPLOY, "compose/compose.yaml"));
  const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
    volumes.map((volume) => volume.split(":")[0] ?? ""),
  );
  const wanted = new Set(
    mounted.filter((source) => source.startsWith("./bus/")).map((source) => source.slice("./bus/".length)),
  );
  const made = (await readdir(bus, { recursive: true })) as string[];
  expect([...wanted].filter((file) => !made.includes(file))).toEqual([]);
  // No process gets the key of operators, who may do everything.
  expect([...wanted].filter((file) => basename(file).startsWith("operator"))).toEqual([]);
});

const kubectl = await run("kubectl", ["version", "--client"]).then(
  () => true,
  () => false,
);

describe.skipIf(!kubectl)("Kubernetes", () => {
  test("has a Secret for everything that is mounted, with the keys that are looked for", async () => {
    const bus = await initBus(BUS_INIT.kubernetes, "kubernetes");
    const secrets = join(folder.path, "secrets");
    await mkdir(secrets);
    await cp(join(DEPLOY, "kubernetes/secrets/kustomization.yaml"), join(secrets, "kustomization.yaml"));
    await cp(join(bus, "dc1"), secrets, { recursive: true });
    await writeFile(join(secrets, "ca-seal.key"), "");
    const made = (await renderManifests(secrets)).map(({ metadata }) => metadata.name);
    const workloads = await renderManifests(join(DEPLOY, "kubernetes/overlays/production"));
    const mounted = workloads.flatMap(({ spec }) =>
      (spec?.template?.spec.volumes ?? []).flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName])),
    );
    expect([...new Set(mounted)].sort()).toEqual(made.filter((name) => name !== "bus-sidecar-proxy").sort());
  });

  test("has a Secret for every token where ACLs are on, in a file, in a variable or both", async () => {
    const secrets = join(folder.path, "tokens");
    const component = join(DEPLOY, "kubernetes/components/acl");
    await cp(join(component, "secrets/kustomization.yaml"), join(secrets, "kustomization.yaml"), { recursive: true });
    for (const who of ["management", "agent", "terminating-gateway", "mesh-gateway", "ingress-gateway"]) {
      await writeFile(join(secrets, `${who}.token`), "");
    }
    const made = (await renderManifests(secrets)).map(({ metadata }) => metadata.name);
    const rendered = JSON.stringify(await renderManifests(join(DEPLOY, "kubernetes/overlays/production-acl")));
    const wanted = [...rendered.matchAll(/"(?:name|secretName)":"(acl-[a-z-]+)"/g)].map(([, name]) => name);
    expect([...new Set(wanted)].sort()).toEqual(made.sort());
  });

  test("has servers that look for their files where they are mounted, and for each other by name", async () => {
    const bus = await initBus(BUS_INIT.kubernetes, "servers");
    const configuration = await readFile(join(bus, "dc1/nats.conf"), "utf8");
    for (const part of ["/etc/nats/server.pem", 'store_dir: "/data', "nats-2.nats-servers:6222", "$HOSTNAME"])
      expect(configuration).toContain(part);
    expect(await readFile(join(bus, "dc2/nats.conf"), "utf8")).toContain("nats.dc1.example.com:7422");
  });
});
