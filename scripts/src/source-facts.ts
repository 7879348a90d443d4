import { stripTypeScriptTypes } from "node:module";

/** What the layer rules want to know of a source file. */
export type SourceFacts = {
  /** What it imports when it runs, types left out, in the order in which it does. */
  readonly imports: readonly string[];
  /** How it reads the time, such as "Date.now". */
  readonly clocks: readonly string[];
};

const IMPORT = /\b(?:import|export)\s*(?:[\w$*{}\s,]*?\bfrom\s*)?\(?\s*(["'])([^"'\n]+)\1/g;
const CLOCK = /\bDate\.now\b|\bnew Date(?!\s*\(\s*[^\s)])|\bperformance\.\w+|\bTemporal\.Now\b/g;

/** Reads the facts from the text of a TypeScript or JavaScript module. */
export function readSourceFacts(text: string): SourceFacts {
  const code = withoutComments(stripTypeScriptTypes(text));
  return {
    imports: [...code.matchAll(IMPORT)].map((match) => match[2] ?? ""),
    clocks: [...code.matchAll(CLOCK)].map(([clock]) => clock),
  };
}

/** Comments may speak of clocks and imports; a string or a template that holds `//` is left as it is. */
function withoutComments(code: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return code.replace(token, (found) => (found.startsWith("/") ? " " : found));
}
