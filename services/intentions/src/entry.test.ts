import { describe, expect, test } from "vitest";
import { draftOf, readEntry } from "./entry.ts";
import { entryProblem } from "./entry-rules.ts";

const legal = { Kind: "service-intentions", Name: "db", Sources: [{ Name: "web", Action: "allow" }] };

/** The problem of the legal entry with these changes. */
function problemOf(change: object): string | undefined {
  return entryProblem(readEntry({ ...legal, ...change }));
}

/** The problem of the legal entry with these changes to its only source. */
function sourceProblemOf(change: object): string | undefined {
  return problemOf({ Sources: [{ Name: "web", Action: "allow", ...change }] });
}

const accepted = [
  { name: "any destination", entry: { Name: "*" } },
  { name: "any source", entry: { Sources: [{ Name: "*", Action: "deny" }] } },
  { name: "snake_case", entry: { sources: [{ name: "web", action: "deny", description: "no" }], Sources: undefined } },
  { name: "meta", entry: { Meta: { owner: "edge" } } },
  {
    name: "what Consul itself has written",
    entry: {
      CreateIndex: 1,
      ModifyIndex: 2,
      Hash: 3,
      Sources: [{ ...legal.Sources[0], Precedence: 9, Type: "consul" }],
    },
  },
] as const;

describe("a service-intentions entry may have", () => {
  for (const { name, entry } of accepted) test(name, () => expect(problemOf(entry)).toBeUndefined());
});

const refused = [
  { name: "no name", problem: problemOf({ Name: "" }), says: "Name is required" },
  {
    name: "part of a name as wildcard",
    problem: problemOf({ Name: "d*" }),
    says: "Name: wildcard character '*' cannot be used with partial values",
  },
  { name: "no sources", problem: problemOf({ Sources: [] }), says: "At least one source is required" },
  { name: "no list of sources", problem: problemOf({ Sources: null }), says: "At least one source is required" },
  {
    name: "long meta",
    problem: problemOf({ Meta: { k: "v".repeat(513) } }),
    says: '1 error occurred:\n\t* Meta value for key "k" exceeds maximum length 512\n\n',
  },
  { name: "a token to be shown", problem: problemOf({ JWT: { Providers: [] } }), says: /^JWT is not supported/ },
  { name: "a source without a name", problem: sourceProblemOf({ Name: "" }), says: "Sources[0].Name is required" },
  {
    name: "part of a source as wildcard",
    problem: sourceProblemOf({ Name: "w*b" }),
    says: "Sources[0].Name: wildcard character '*' cannot be used with partial values",
  },
  {
    name: "no action",
    problem: sourceProblemOf({ Action: "" }),
    says: "Sources[0].Action must be set to 'allow' or 'deny'",
  },
  {
    name: "another action",
    problem: sourceProblemOf({ Action: "Allow" }),
    says: "Sources[0].Action must be set to 'allow' or 'deny'",
  },
  {
    name: "an action and permissions",
    problem: sourceProblemOf({ Permissions: [{}] }),
    says: "Sources[0].Action must be omitted if Permissions are specified",
  },
  {
    name: "permissions for any destination",
    problem: problemOf({ Name: "*", Sources: [{ Name: "web", Permissions: [{}] }] }),
    says: "Sources[0].Permissions cannot be specified on intentions with wildcarded destinations",
  },
  {
    name: "permissions",
    problem: sourceProblemOf({ Action: "", Permissions: { Action: "allow" } }),
    says: /^Sources\[0\]\.Permissions are not supported/,
  },
  { name: "another type", problem: sourceProblemOf({ Type: "ip" }), says: "Sources[0].Type must be set to 'consul'" },
  { name: "a peer", problem: sourceProblemOf({ Peer: "other" }), says: /^Sources\[0\]\.Peer is not supported/ },
  {
    name: "a sameness group",
    problem: sourceProblemOf({ SamenessGroup: "g" }),
    says: /^Sources\[0\]\.SamenessGroup is not supported/,
  },
  {
    name: "a long description",
    problem: sourceProblemOf({ Description: "x".repeat(513) }),
    says: "Sources[0].Description exceeds maximum length 512",
  },
  {
    name: "meta of the legacy kind",
    problem: sourceProblemOf({ LegacyMeta: { a: "b" } }),
    says: "Sources[0].LegacyMeta must be omitted",
  },
  {
    name: "one source twice",
    problem: problemOf({ Sources: ["api", "web", "web"].map((Name) => ({ Name, Action: "deny" })) }),
    says: 'Sources[2] defines "web" more than once',
  },
];

describe("a service-intentions entry is refused with", () => {
  for (const { name, problem, says } of refused) {
    test(name, () => (typeof says === "string" ? expect(problem).toBe(says) : expect(problem).toMatch(says)));
  }
});

test("an unknown key is refused in Consul's words", () => {
  expect(() => readEntry({ ...legal, Sources: [{ Nme: "web" }] })).toThrow(
    'Bad request: Request decoding failed: 1 error occurred:\n\t* invalid config key "Sources[0].Nme"\n\n',
  );
});

test("a namespace is refused as the unknown key that it is in the community edition", () => {
  expect(() => readEntry({ ...legal, Namespace: "default" })).toThrow(
    'invalid config key "Namespace", namespaces are a consul enterprise feature',
  );
});

test("a value of the wrong type is refused by its path", () => {
  expect(() => readEntry({ ...legal, Sources: "web" })).toThrow(
    "Bad request: Request decoding failed: 1 error(s) decoding:\n\n* 'Sources[0]' expected a map, got 'string'",
  );
});

test("a legal source says its name, action and description, and nothing of what Consul wrote", () => {
  const { Sources } = readEntry({ Name: "db", Sources: { Name: 5, Action: "deny", description: "x", Precedence: 9 } });
  expect(Sources.map(draftOf)).toEqual([{ Name: "5", Action: "deny", Description: "x", Meta: {} }]);
});
