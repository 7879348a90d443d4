import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { BUCKETS, type BucketId } from "./buckets.ts";
import { BUS_ROLES, type BusRole } from "./bus-roles.ts";
import { VERBS, type Verb } from "./verbs.ts";

const page = await readFile(new URL("../../../docs/security.md", import.meta.url), "utf8");
const section = /\n## Who may do what on the bus\n([\s\S]*?)\n## /.exec(page)?.[1] ?? "";
const rows = [...section.matchAll(/^\| `([\w-]+)` \| (.*)\|$/gm)].map(([, role = "", cells = ""]) => {
  const [writes = "", reads = "", asks = ""] = cells.split("|");
  return [role, { writes, reads, asks }] as const;
});

const namedIn = (text: string) => [...text.matchAll(/`([\w.-]+)`/g)].map(([, name = ""]) => name);
const bucketNames = (buckets: readonly BucketId[]) => buckets.map((bucket) => BUCKETS[bucket].name);

/** The verbs that a cell names, by themselves or as all of a service. */
function verbsIn(cell: string): readonly string[] {
  const [, all = ""] = /all that is asked of ([^;]*)/.exec(cell) ?? [];
  const services = namedIn(all);
  const ofThose = (Object.keys(VERBS) as Verb[]).filter((verb) => services.includes(verb.slice(0, verb.indexOf("."))));
  return [...ofThose, ...namedIn(cell).filter((name) => name in VERBS)];
}

test("docs/security.md has every role", () => {
  expect(rows.map(([role]) => role).sort()).toEqual(Object.keys(BUS_ROLES).sort());
});

for (const [name, { writes, reads, asks }] of rows) {
  test(`docs/security.md says what ${name} may do`, () => {
    const role: BusRole | undefined = Object.entries<BusRole>(BUS_ROLES).find(([known]) => known === name)?.[1];
    const [here = "", elsewhere = ""] = reads.split(";");
    expect(namedIn(writes)).toEqual(bucketNames(role?.owns ?? []));
    expect(namedIn(here)).toEqual(bucketNames(role?.reads ?? []));
    expect(namedIn(elsewhere)).toEqual(bucketNames(role?.readsElsewhere ?? []));
    expect([...verbsIn(asks)].sort()).toEqual([...(role?.asks ?? []), ...(role?.asksElsewhere ?? [])].sort());
  });
}
