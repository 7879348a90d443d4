import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../docker/command.ts";
import { knownVariables } from "../src/known-variables.ts";
import { kubernetesViolations } from "../src/kubernetes-rules.ts";
import { checkAgainstSchemas } from "../src/kubernetes-schemas.ts";
import { type Manifest, renderManifests } from "../src/manifests.ts";

const OVERLAYS = ["dev", "production", "production-acl", "secondary"];

const kubectl = await run("kubectl", ["version", "--client"]).then(
  () => true,
  () => false,
);
if (!kubectl) process.stderr.write("manifests are not rendered by this test: kubectl is not installed\n");

/** Mistakes in the deployment of the terminating gateway, and what is said of them. */
const MISTAKES = [
  { name: "root", at: "runAsNonRoot", becomes: false, said: "runs as a numeric user that is not root" },
  { name: "a file system that can be written", at: "readOnlyRootFilesystem", becomes: false, said: "read-only root" },
  { name: "no probe", at: "readinessProbe", becomes: undefined, said: "has probes" },
  { name: "no requests", at: "requests", becomes: {}, said: "asks for processor and memory" },
  { name: "any version", at: "image", becomes: "causeway/cli:latest", said: "has an image of a certain version" },
  { name: "an image that there is not", at: "image", becomes: "causeway/gateway:1", said: "there is no image gateway" },
  { name: "a wrong variable", at: "env", becomes: [{ name: "CAUSEWAY_NAT_URL" }], said: "cli knows no variable" },
  { name: "no variable for an argument", at: "env", becomes: [], said: "$(POD_NAME) is not set" },
  { name: "too little time to end", at: "terminationGracePeriodSeconds", becomes: 30, said: "has 67 s to end" },
  { name: "labels that nothing selects", at: "labels", becomes: { a: "b" }, said: "selects its own pods" },
  { name: "no such account", at: "serviceAccountName", becomes: "gone", said: "has a service account that is there" },
  { name: "no such volume", at: "volumes", becomes: [], said: "mounts volumes that are there" },
] as const;

describe.skipIf(!kubectl)("manifests", async () => {
  const known = await knownVariables();
  const rendered = new Map<string, readonly Manifest[]>();
  if (kubectl) for (const name of OVERLAYS) rendered.set(name, await renderManifests(folderOf(name)));

  for (const [name, manifests] of rendered) {
    test(`${name}: are what Kubernetes takes`, () => checkAgainstSchemas(name, manifests));
    test(`${name}: keep to the rules`, () => expect(kubernetesViolations(manifests, known)).toEqual([]));
    test(`${name}: every service and gateway runs`, () => {
      const accounts = manifests.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata }) => metadata.name);
      // A sidecar is part of an application's own pod.
      const expected = ["nats", ...known.keys()].filter((one) => !["cli", "sidecar-proxy"].includes(one));
      expect(accounts.sort()).toEqual(expected.sort());
    });
  }

  for (const { name, at, becomes, said } of MISTAKES) {
    test(`the rules notice ${name}`, () => {
      const mistaken = mistake(rendered.get("production") ?? [], at, becomes);
      expect(kubernetesViolations(mistaken, known).join("\n")).toContain(said);
    });
  }

  test("the schemas notice a field that there is not, and a value that cannot be", async () => {
    const manifests = rendered.get("production") ?? [];
    const misspelt = mistake(manifests, "livenessProbe", { httpget: { path: "/healthz", port: "admin" } });
    await expect(checkAgainstSchemas("misspelt", misspelt)).rejects.toThrow("httpget");
    const impossible = mistake(manifests, "terminationGracePeriodSeconds", "soon");
    await expect(checkAgainstSchemas("impossible", impossible)).rejects.toThrow("terminationGracePeriodSeconds");
  });
});

/** The objects, in which a field of the terminating gateway's pods is another. */
function mistake(manifests: readonly Manifest[], field: string, value: unknown): readonly Manifest[] {
  return manifests.map((manifest) => {
    if (manifest.kind !== "Deployment" || manifest.metadata.name !== "terminating-gateway") return manifest;
    const template = JSON.parse(JSON.stringify(manifest.spec?.template), (key, given) =>
      key === field ? value : given,
    );
    return { ...manifest, spec: { ...manifest.spec, template } };
  });
}

function folderOf(overlay: string): string {
  return resolve(import.meta.dirname, "../kubernetes/overlays", overlay);
}
