import { expect, test } from "vitest";
import { type ExaminedPackage, findLayerViolations } from "./layers.ts";
import type { SourceFacts } from "./source-facts.ts";

type Given = Partial<Omit<ExaminedPackage, "sources">> & {
  readonly name: string;
  readonly file?: string;
  readonly facts?: Partial<SourceFacts>;
};

function given({ name, kind = "package", file = "index.ts", facts, ...rest }: Given): ExaminedPackage {
  const folder = `${kind}s/${name}`;
  const sources = new Map([[`${folder}/src/${file}`, { imports: [], clocks: [], ...facts }]]);
  return { name, kind, folder, dependencies: [], devDependencies: [], sources, ...rest };
}

const others = ["model", "pki", "policy", "bus", "gateway", "testkit"].map((name) => given({ name }));
const services = ["catalog", "ca"].map((name) => given({ name, kind: "service" }));

const cases: readonly (Given & { readonly fact: string; readonly violations: readonly string[] })[] = [
  { fact: "a lower layer may be imported", name: "bus", dependencies: ["model"], violations: [] },
  {
    fact: "a higher layer may not",
    name: "model",
    dependencies: ["bus"],
    violations: ["packages/model (layer 0) depends on packages/bus (layer 2); only lower layers may be imported"],
  },
  {
    fact: "the same layer may not",
    name: "policy",
    dependencies: ["pki"],
    violations: ["packages/policy (layer 1) depends on packages/pki (layer 1); only lower layers may be imported"],
  },
  {
    fact: "a service may not import a service, for its tests neither",
    name: "agent",
    kind: "service",
    dependencies: ["gateway"],
    devDependencies: ["catalog"],
    violations: ["services/agent (layer 5) depends on services/catalog (layer 5); only lower layers may be imported"],
  },
  { fact: "what starts services may import them", name: "e2e", devDependencies: ["catalog", "ca"], violations: [] },
  { fact: "tests may use the test kit", name: "model", devDependencies: ["testkit"], violations: [] },
  {
    fact: "nothing that ships may use the test kit",
    name: "bus",
    dependencies: ["testkit"],
    violations: ["packages/bus depends on testkit; it is for devDependencies"],
  },
  { fact: "causeway dev may use the test kit", name: "cli", dependencies: ["testkit"], violations: [] },
  {
    fact: "the harness of end-to-end tests may use the test kit",
    name: "e2e",
    dependencies: ["testkit"],
    violations: [],
  },
  {
    fact: "a new package must be given a layer",
    name: "novelty",
    violations: ["packages/novelty has no layer; give it one in scripts/src/layers.ts"],
  },
  {
    fact: "a pure package needs no Node",
    name: "routes",
    facts: { imports: ["node:fs"] },
    violations: ["packages/routes/src/index.ts imports node:fs; routes must not need Node"],
  },
  { fact: "other packages may use Node", name: "bus", facts: { imports: ["node:fs"] }, violations: [] },
  {
    fact: "a pure package reads no clock",
    name: "policy",
    facts: { clocks: ["Date.now"] },
    violations: ["packages/policy/src/index.ts reads the clock (Date.now); policy is given the time by its caller"],
  },
  {
    fact: "what only tests depend on is not imported by what runs",
    name: "bus",
    devDependencies: ["testkit"],
    facts: { imports: ["@causeway/testkit"] },
    violations: ["packages/bus/src/index.ts imports @causeway/testkit, which is not in the package's dependencies"],
  },
  {
    fact: "a relative import stays in the package",
    name: "bus",
    file: "deep/mirror.ts",
    facts: { imports: ["../bucket.ts", "../../../model/src/sni.ts"] },
    violations: ["packages/bus/src/deep/mirror.ts reaches into another package: ../../../model/src/sni.ts"],
  },
];

for (const { fact, violations, ...each } of cases) {
  const known = [...others, ...services].filter(({ name }) => name !== each.name);
  test(fact, () => expect(findLayerViolations([...known, given(each)])).toEqual(violations));
}
