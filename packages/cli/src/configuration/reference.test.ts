import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { configurationReference } from "./reference.ts";
import { presentReference, REFERENCE } from "./write-reference.ts";

test("docs/configuration.md is what the processes say of themselves; `pnpm run reference` in this package makes it anew", async () => {
  expect(await readFile(REFERENCE, "utf8")).toBe(await presentReference());
}, 240_000);

test("a variable stands with those who have it, one that means something else by itself, and its unit beside its range", () => {
  const wait = {
    variable: "CAUSEWAY_WAIT_MS",
    range: "an integer",
    fallback: 5,
    required: false,
    secret: false,
    purpose: "How long.",
  };
  const key = { variable: "CAUSEWAY_KEY", range: "a text", required: true, secret: true, purpose: "A | b <c>." };
  const page = configurationReference([
    { name: "one", variables: [wait] },
    { name: "two", variables: [wait, key] },
    { name: "three", variables: [{ ...wait, purpose: "How long else." }] },
  ]);
  expect(page.slice(page.indexOf("## "))).toBe(`## \`one\`, \`two\`

| variable | default | range | meaning |
|---|---|---|---|
| \`CAUSEWAY_WAIT_MS\` | \`5\` | an integer; milliseconds | How long. |

## \`two\`

| variable | default | range | meaning |
|---|---|---|---|
| \`CAUSEWAY_KEY\` | *required* | a text | *Secret.* A \\| b &lt;c>. |

## \`three\`

| variable | default | range | meaning |
|---|---|---|---|
| \`CAUSEWAY_WAIT_MS\` | \`5\` | an integer; milliseconds | How long else. |
`);
});
