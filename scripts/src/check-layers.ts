import { findLayerViolations } from "./layers.ts";
import { readSourceFacts } from "./source-facts.ts";
import { readSources, readWorkspace } from "./workspace.ts";

/** Looks at the whole workspace, writes each violation of the layering to standard error, and says whether there is none. */
export function checkLayers(): boolean {
  const examined = readWorkspace().map((each) => ({
    ...each,
    sources: new Map(readSources(each).map(({ path, text }) => [path, readSourceFacts(text)])),
  }));
  const violations = findLayerViolations(examined);
  for (const violation of violations) process.stderr.write(`layers: ${violation}\n`);
  return violations.length === 0;
}
