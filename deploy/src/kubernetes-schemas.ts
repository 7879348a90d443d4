import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { run } from "../docker/command.ts";
import type { Manifest } from "./manifests.ts";

/** Ignored by Git, and in a folder from which the models are found. */
const FOLDER = resolve(import.meta.dirname, "../.cache/manifests");

const TSC_FLAGS = [
  "--ignoreConfig",
  "--noEmit",
  "--strict",
  "--skipLibCheck",
  "--target",
  "es2024",
  "--module",
  "nodenext",
];

/**
 * Throws with all that the schemas of Kubernetes do not allow in these objects: values, by the validators of `kubernetes-models`, and fields
 * that there are not, by its types, since the API ignores what it does not know.
 */
export async function checkAgainstSchemas(name: string, manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    const model = await import(moduleOf(manifest));
    new model[manifest.kind](manifest).validate();
  }
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.ts`);
  await writeFile(path, asTypeScript(manifests));
  await run("tsc", [...TSC_FLAGS, path], { cwd: FOLDER });
}

function moduleOf({ apiVersion, kind }: Manifest): string {
  return `kubernetes-models/${apiVersion}/${kind}`;
}

function asTypeScript(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest, at) => {
      const type = `import("${moduleOf(manifest)}").I${manifest.kind}`;
      return `export const object${at} = ${JSON.stringify(manifest, undefined, 2)} satisfies ${type};\n`;
    })
    .join("");
}
