import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** The folder that holds the whole project. */
export const ROOT: string = resolve(import.meta.dirname, "../..");

/** A package of the workspace, as its package.json has it. */
export type WorkspacePackage = {
  /** Without the scope, such as "model". */
  readonly name: string;
  /** From the root, such as "packages/model". */
  readonly folder: string;
  readonly kind: "package" | "service" | "scripts";
  /** The project's own packages that it needs to run, without the scope. */
  readonly dependencies: readonly string[];
  /** Those that only its tests need. */
  readonly devDependencies: readonly string[];
};

const SCOPE = "@causeway/";

/** Reads every package of the workspace. */
export function readWorkspace(root: string = ROOT): readonly WorkspacePackage[] {
  const manifests = globSync("{scripts,deploy,packages/*,services/*}/package.json", { cwd: root });
  return manifests.sort().map((manifest) => {
    const folder = dirname(manifest);
    const content = JSON.parse(readFileSync(join(root, manifest), "utf8"));
    return {
      name: withoutScope(content.name),
      folder,
      kind: kindOf(folder),
      dependencies: ours(content.dependencies),
      devDependencies: ours(content.devDependencies),
    };
  });
}

/** One source file of a package. */
export type SourceFile = {
  /** From the root. */
  readonly path: string;
  readonly text: string;
};

/** Reads what a package consists of when it runs: its sources without the tests and fixtures beside them. */
export function readSources({ folder }: WorkspacePackage, root: string = ROOT): readonly SourceFile[] {
  const src = join(folder, "src");
  if (!existsSync(join(root, src))) return [];
  return globSync("**/*.{ts,mjs}", { cwd: join(root, src) })
    .filter((file) => !/\.(test|fixture)\./.test(basename(file)))
    .sort()
    .map((file) => ({ path: join(src, file), text: readFileSync(join(root, src, file), "utf8") }));
}

function kindOf(folder: string): WorkspacePackage["kind"] {
  if (folder === "scripts") return "scripts";
  return folder.startsWith("services/") ? "service" : "package";
}

function ours(dependencies: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(SCOPE))
    .map(withoutScope);
}

function withoutScope(name: string): string {
  return name.slice(SCOPE.length);
}
