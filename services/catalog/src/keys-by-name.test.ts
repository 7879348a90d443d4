import { recordKey } from "@causeway/bus";
import { expect, test } from "vitest";
import { KeysByName } from "./keys-by-name.ts";

const WEB_1 = ["web", "n1", "web"];
const WEB_2 = ["web", "n2", "web.v2"];
const OTHER = ["web-2", "n1", "web-2"];

function keysOf(...records: readonly (readonly [kind: string, names: readonly string[]])[]): KeysByName {
  const keys = new KeysByName();
  for (const [kind, names] of records) keys.apply({ kind, names, revision: 1, record: { value: {}, revision: 1 } });
  return keys;
}

const full = () => keysOf(["instance", WEB_1], ["instance", WEB_2], ["instance", OTHER], ["node", ["web"]]);

const cases = [
  { name: "names that begin alike", kind: "instance", names: ["web"], found: [WEB_1, WEB_2] },
  { name: "two names", kind: "instance", names: ["web", "n2"], found: [WEB_2] },
  { name: "a whole kind", kind: "instance", names: [], found: [WEB_1, WEB_2, OTHER] },
  { name: "not the record of just these names", kind: "node", names: ["web"], found: [] },
  { name: "an unknown name", kind: "instance", names: ["we"], found: [] },
  { name: "an unknown kind", kind: "connect", names: ["web"], found: [] },
] as const;

for (const { name, kind, names, found } of cases) {
  test(`finds ${name}`, () => {
    expect([...full().under(kind, names)]).toEqual(found.map((each) => recordKey(kind, each)));
  });
}

test("what was taken away is not found", () => {
  const keys = full();
  const remove = (kind: string, names: readonly string[]) =>
    keys.apply({ kind, names, revision: 2, record: undefined });
  remove("instance", WEB_1);
  remove("instance", OTHER);
  remove("instance", ["unheard-of"]);
  expect([...keys.under("instance", [])]).toEqual([recordKey("instance", WEB_2)]);
});
