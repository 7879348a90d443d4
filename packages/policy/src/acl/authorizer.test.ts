import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Authorizer, type Permission } from "./authorizer.ts";
import { nodeIdentityRules, serviceIdentityRules } from "./identities.ts";
import { parseRules } from "./parse-rules.ts";
import { ACCESSES, grants, type Rule } from "./rule.ts";

type Case = {
  readonly name: string;
  readonly policies: readonly string[];
  readonly fallback?: "allow" | "deny";
  /** Permissions with a name; those with "!" in front are not granted. */
  readonly answers: readonly string[];
};

const cases: readonly Case[] = [
  { name: "nothing: the default denies", policies: [], answers: ["!service:read web", "!acl:read", "!operator:read"] },
  {
    name: "nothing: the default allows all but ACLs",
    policies: [],
    fallback: "allow",
    answers: ["service:write web", "key:write a", "operator:write", "mesh:write", "intention:write *", "!acl:read"],
  },
  {
    name: "write includes read",
    policies: ['service "web" { policy = "write" }'],
    answers: ["service:read web", "service:write web", "!service:read web2", "!node:read web"],
  },
  {
    name: "an exact rule beats a prefix, whatever either grants",
    policies: ['service "web" { policy = "read" } service_prefix "web" { policy = "write" }'],
    answers: ["service:read web", "!service:write web", "service:write web-api"],
  },
  {
    name: "the longest prefix decides",
    policies: [
      'key_prefix "" { policy = "write" } key_prefix "a/" { policy = "read" } key_prefix "a/b/" { policy = "deny" }',
    ],
    answers: ["key:write x", "!key:write a/x", "key:read a/x", "!key:read a/b/x"],
  },
  {
    name: "of equal rules deny holds, then write",
    policies: [
      'node "a" { policy = "write" } node "b" { policy = "read" }',
      'node "a" { policy = "deny" } node "b" { policy = "write" }',
    ],
    answers: ["!node:read a", "node:write b"],
  },
  {
    name: "a rule that denies beats a default that allows",
    policies: ['service "db" { policy = "deny" } operator = "read"'],
    fallback: "allow",
    answers: ["!service:read db", "service:write web", "operator:read", "!operator:write"],
  },
  {
    name: "list is between read and write",
    policies: ['key_prefix "a" { policy = "list" } key_prefix "b" { policy = "read" }'],
    answers: ["key:read a", "key:list a", "!key:write a", "key:read b", "!key:list b"],
  },
  {
    name: "intentions are read by whoever may read the destination",
    policies: ['service "db" { policy = "write" } service "api" { policy = "read" } service "no" { policy = "deny" }'],
    answers: ["intention:read db", "!intention:write db", "intention:read api", "!intention:read no"],
  },
  {
    name: "intentions have rules of their own",
    policies: [
      'service "db" { policy = "read" intentions = "write" } service_prefix "" { policy = "write" intentions = "deny" }',
    ],
    answers: ["intention:write db", "!intention:read web", "service:write web"],
  },
  {
    name: "what one policy says of intentions is not undone by another that says nothing",
    policies: ['service "db" { policy = "write" }', 'service "db" { policy = "read" intentions = "write" }'],
    answers: ["intention:write db", "service:write db"],
  },
  {
    name: "intentions for every destination are read by who may read some",
    policies: ['service "db" { policy = "read" }'],
    answers: ["intention:read *", "!intention:write *"],
  },
  {
    name: "intentions for every destination are written by who may write all",
    policies: ['service_prefix "" { policy = "read" intentions = "write" }'],
    answers: ["intention:write *"],
  },
  {
    name: "not by who may write all but one",
    policies: ['service_prefix "" { policy = "read" intentions = "write" } service "db" { policy = "read" }'],
    answers: ["!intention:write *", "intention:read *"],
  },
  {
    name: "mesh and peering go with the operator unless told",
    policies: ['operator = "write" peering = "read"'],
    answers: ["mesh:write", "peering:read", "!peering:write"],
  },
  {
    name: "ACLs by a rule only",
    policies: ['acl = "read"'],
    fallback: "allow",
    answers: ["acl:read", "!acl:write"],
  },
];

describe("Authorizer", () => {
  for (const { name, policies, fallback = "deny", answers } of cases) {
    test(name, () => {
      const authorizer = new Authorizer(policies.flatMap(parseRules), fallback);
      const said = answers.map((answer) => {
        const [permission = "", what] = answer.replace("!", "").split(" ");
        return (authorizer.may(permission as Permission, what) ? "" : "!") + answer.replace("!", "");
      });
      expect(said).toEqual(answers);
    });
  }

  test.each([
    { name: "no rule", rules: "", fallback: "allow", allowed: true },
    { name: "no rule, deny", rules: "", fallback: "deny", allowed: false },
    { name: "a prefix around it", rules: 'key_prefix "a" { policy = "write" }', fallback: "deny", allowed: true },
    { name: "only rules under it", rules: 'key_prefix "a/b/c" { policy = "write" }', fallback: "deny", allowed: false },
    {
      name: "an exact rule of its name says nothing of what is under it",
      rules: 'key "a/b/" { policy = "write" }',
      fallback: "deny",
      allowed: false,
    },
    {
      name: "one key under it that may not",
      rules: 'key_prefix "" { policy = "write" } key "a/b/c" { policy = "read" }',
      fallback: "deny",
      allowed: false,
    },
    {
      name: "one key beside it that may not",
      rules: 'key_prefix "" { policy = "write" } key "a/c" { policy = "read" }',
      fallback: "deny",
      allowed: true,
    },
    {
      name: "one key under it that may not, by default",
      rules: 'key "a/b/c" { policy = "deny" }',
      fallback: "allow",
      allowed: false,
    },
  ] as const)("all under a prefix: $name", ({ rules, fallback, allowed }) => {
    expect(new Authorizer(parseRules(rules), fallback).mayAll("key:write", "a/b/")).toBe(allowed);
  });

  test.each([
    { name: "no rule", rules: "", fallback: "allow", allowed: true },
    {
      name: "one that allows",
      rules: 'service "a" { policy = "write" } service_prefix "" { policy = "deny" }',
      fallback: "deny",
      allowed: true,
    },
    { name: "one that denies", rules: 'service "a" { policy = "deny" }', fallback: "allow", allowed: true },
    { name: "all denied", rules: 'service_prefix "" { policy = "deny" }', fallback: "allow", allowed: false },
  ] as const)("some name: $name", ({ rules, fallback, allowed }) => {
    expect(new Authorizer(parseRules(rules), fallback).mayAny("service:write")).toBe(allowed);
  });

  test("a service identity registers the service and its sidecar, and reads the rest", () => {
    const authorizer = new Authorizer(serviceIdentityRules("web"), "deny");
    expect(authorizer.may("service:write", "web")).toBe(true);
    expect(authorizer.may("service:write", "web-sidecar-proxy")).toBe(true);
    expect(authorizer.may("service:write", "db")).toBe(false);
    expect(authorizer.may("service:read", "db")).toBe(true);
    expect(authorizer.may("node:read", "n1")).toBe(true);
  });

  test("a node identity registers the node, and reads services", () => {
    const authorizer = new Authorizer(nodeIdentityRules("n1"), "deny");
    expect(authorizer.may("node:write", "n1")).toBe(true);
    expect(authorizer.may("node:read", "n2")).toBe(false);
    expect(authorizer.may("service:read", "db")).toBe(true);
  });
});

describe("properties", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 4 });
  const rule: fc.Arbitrary<Rule> = fc.record({
    resource: fc.constantFrom("service", "intention"),
    name,
    prefix: fc.boolean(),
    access: fc.constantFrom(...ACCESSES.filter((access) => access !== "list")),
  });
  const rules = fc.array(rule, { maxLength: 8 });
  const fallback = fc.constantFrom("allow", "deny");
  const permission = fc.constantFrom<Permission>("service:read", "service:write", "intention:read", "intention:write");

  test("the order of rules never matters", () => {
    fc.assert(
      fc.property(
        rules,
        fc.infiniteStream(fc.nat()),
        fallback,
        permission,
        name,
        (given, keys, policy, asked, what) => {
          const shuffled = given.map((value) => ({ value, key: keys.next().value })).sort((a, b) => a.key - b.key);
          const other = new Authorizer(
            shuffled.map(({ value }) => value),
            policy,
          );
          const one = new Authorizer(given, policy);
          expect(other.may(asked, what)).toBe(one.may(asked, what));
          expect(other.mayAll(asked, what)).toBe(one.mayAll(asked, what));
        },
      ),
    );
  });

  test("a rule about a longer prefix, or exactly the name, decides over all that are shorter", () => {
    fc.assert(
      fc.property(rules, rule, fallback, name, (given, last, policy, rest) => {
        const what = last.prefix ? last.name + rest : last.name;
        const decides = (other: Rule) =>
          other.resource === last.resource && what.startsWith(other.name) && other.name.length < last.name.length;
        const shorter = given.filter((other) => other.prefix && decides(other));
        const authorizer = new Authorizer([...shorter, last], policy);
        for (const needed of ["read", "write"] as const) {
          expect(authorizer.may(`${last.resource}:${needed}`, what)).toBe(grants(last.access, needed));
        }
      }),
    );
  });

  test("another rule that denies never grants more", () => {
    fc.assert(
      fc.property(rules, name, fc.boolean(), fallback, permission, name, (given, of, prefix, policy, asked, what) => {
        const denial: Rule = { resource: "service", name: of, prefix, access: "deny" };
        const before = new Authorizer(given, policy).may(asked, what);
        const after = new Authorizer([...given, denial], policy).may(asked, what);
        expect(after && !before).toBe(false);
      }),
    );
  });

  test("who may do something to all names may do it to each", () => {
    fc.assert(
      fc.property(rules, fallback, permission, name, name, (given, policy, asked, prefix, rest) => {
        const authorizer = new Authorizer(given, policy);
        if (authorizer.mayAll(asked, prefix)) expect(authorizer.may(asked, prefix + rest)).toBe(true);
      }),
    );
  });
});
