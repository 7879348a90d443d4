import { dirname, join } from "node:path/posix";
import type { SourceFacts } from "./source-facts.ts";
import type { WorkspacePackage } from "./workspace.ts";

/**
 * How high each package stands; a package may import only lower ones, so that no two of one layer know each other. Services stand
 * above the packages and below what starts them. The test kit stands at the bottom, since it must not know what it helps to test.
 */
const LAYERS: Readonly<Record<string, number>> = {
  model: 0,
  wire: 0,
  hcl: 0,
  bexpr: 0,
  testkit: 0,
  scripts: 0,
  definitions: 1,
  policy: 1,
  pki: 1,
  runtime: 1,
  routes: 2,
  bus: 2,
  proxy: 3,
  gateway: 4,
  cli: 6,
  e2e: 7,
  bench: 8,
  deploy: 8,
};
const SERVICE_LAYER = 5;

/** Packages that are the same on every platform and at every moment. */
const PURE = new Set(["model", "wire", "hcl", "bexpr", "policy", "routes"]);

const TESTKIT = "testkit";
/** `causeway dev` runs a NATS server and services outside the mesh, and so ships the test kit; `e2e` and `bench` are for developers. */
const SHIPS_TESTKIT = new Set(["cli", "e2e", "bench"]);

const SCOPE = "@causeway/";

/** A package with the facts of its sources, by path. */
export type ExaminedPackage = WorkspacePackage & { readonly sources: ReadonlyMap<string, SourceFacts> };

/** Everything that breaks the layering, one sentence each; empty when all is well. */
export function findLayerViolations(packages: readonly ExaminedPackage[]): readonly string[] {
  const byName = new Map(packages.map((each) => [each.name, each]));
  return packages.flatMap((each) => [
    ...unknownLayer(each),
    ...upwardDependencies(each, byName),
    ...shippedTestkit(each),
    ...[...each.sources].flatMap(([path, facts]) => [
      ...forbiddenImports(each, path, facts),
      ...clocks(each, path, facts),
    ]),
  ]);
}

function layerOf({ name, kind }: WorkspacePackage): number | undefined {
  return kind === "service" ? SERVICE_LAYER : LAYERS[name];
}

function unknownLayer(each: WorkspacePackage): readonly string[] {
  return layerOf(each) === undefined ? [`${each.folder} has no layer; give it one in scripts/src/layers.ts`] : [];
}

function upwardDependencies(each: WorkspacePackage, byName: ReadonlyMap<string, WorkspacePackage>): readonly string[] {
  const layer = layerOf(each);
  if (layer === undefined) return [];
  return [...each.dependencies, ...each.devDependencies].flatMap((name) => {
    const dependency = byName.get(name);
    if (dependency === undefined || name === TESTKIT) return [];
    const lower = layerOf(dependency);
    if (lower === undefined || lower < layer) return [];
    return [
      `${each.folder} (layer ${layer}) depends on ${dependency.folder} (layer ${lower}); only lower layers may be imported`,
    ];
  });
}

function shippedTestkit({ name, folder, dependencies }: WorkspacePackage): readonly string[] {
  if (!dependencies.includes(TESTKIT) || SHIPS_TESTKIT.has(name)) return [];
  return [`${folder} depends on ${TESTKIT}; it is for devDependencies`];
}

function forbiddenImports(
  { name, folder, dependencies }: WorkspacePackage,
  path: string,
  { imports }: SourceFacts,
): readonly string[] {
  return imports.flatMap((specifier) => {
    if (PURE.has(name) && specifier.startsWith("node:"))
      return [`${path} imports ${specifier}; ${name} must not need Node`];
    if (!specifier.startsWith(SCOPE))
      return leavesPackage(folder, path, specifier) ? [`${path} reaches into another package: ${specifier}`] : [];
    const imported = specifier.slice(SCOPE.length).split("/")[0] ?? "";
    return dependencies.includes(imported)
      ? []
      : [`${path} imports ${specifier}, which is not in the package's dependencies`];
  });
}

function leavesPackage(folder: string, path: string, specifier: string): boolean {
  return specifier.startsWith(".") && !join(dirname(path), specifier).startsWith(`${folder}/`);
}

function clocks({ name }: WorkspacePackage, path: string, facts: SourceFacts): readonly string[] {
  if (!PURE.has(name)) return [];
  return facts.clocks.map((clock) => `${path} reads the clock (${clock}); ${name} is given the time by its caller`);
}
