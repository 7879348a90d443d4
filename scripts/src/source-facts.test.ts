import { expect, test } from "vitest";
import { readSourceFacts } from "./source-facts.ts";

const imports = [
  { name: "named", text: 'import { a } from "node:fs";', found: ["node:fs"] },
  { name: "default and named, over lines", text: 'import a, {\n  b,\n} from "x";\n', found: ["x"] },
  { name: "for effect", text: 'import "x";', found: ["x"] },
  { name: "all", text: 'import * as a from "x"; export * from "y"; export * as b from "z";', found: ["x", "y", "z"] },
  { name: "handed on", text: 'export { a } from "x";', found: ["x"] },
  { name: "when it runs", text: 'const a = await import("x");', found: ["x"] },
  { name: "types are none", text: 'import type { A } from "x"; import { type B } from "y";', found: ["y"] },
  { name: "in a comment is none", text: '// import "x"\n/* import "y" */ /** import("z") */', found: [] },
  {
    name: "after a string that looks like a comment",
    text: 'const a = "/*"; import "x"; const b = "*/";',
    found: ["x"],
  },
  {
    name: "an export of its own is none",
    text: 'export const a = "x"; export function b() { return "y"; }',
    found: [],
  },
] as const;

for (const { name, text, found } of imports) {
  test(`import, ${name}`, () => expect(readSourceFacts(text).imports).toEqual(found));
}

const clocks = [
  { name: "Date.now", text: "const a = Date.now();", found: ["Date.now"] },
  { name: "as a value", text: "const now = Date.now;", found: ["Date.now"] },
  { name: "new Date()", text: "const a = new Date( ), b = new Date;", found: ["new Date", "new Date"] },
  { name: "performance", text: "performance.now()", found: ["performance.now"] },
  { name: "a date that is given is none", text: "const a = new Date(atMs);", found: [] },
  { name: "talk about it is none", text: "// Date.now() would do\nconst performance = 1;", found: [] },
] as const;

for (const { name, text, found } of clocks) {
  test(`clock, ${name}`, () => expect(readSourceFacts(text).clocks).toEqual(found));
}
