import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRules, RulesError } from "./parse-rules.ts";
import type { Rule } from "./rule.ts";

/** A rule in short: `service_prefix web=read`. */
function short({ resource, name, prefix, access }: Rule): string {
  return `${resource}${prefix ? "_prefix" : ""} ${name}=${access}`;
}

const readable: readonly { name: string; text: string; rules: readonly string[] }[] = [
  { name: "nothing", text: "", rules: [] },
  { name: "a block", text: 'service "web" { policy = "write" }', rules: ["service web=write"] },
  {
    name: "blocks of one resource",
    text: 'node "a" { policy = "read" }\nnode "b" { policy = "deny" }\nnode_prefix "" { policy = "read" }',
    rules: ["node a=read", "node b=deny", "node_prefix =read"],
  },
  {
    name: "one name twice",
    text: 'key "a" { policy = "list" } key "a" { policy = "deny" }',
    rules: ["key a=list", "key a=deny"],
  },
  {
    name: "intentions of a service",
    text: 'service "db" { policy = "read" intentions = "write" }',
    rules: ["service db=read", "intention db=write"],
  },
  {
    name: "plain resources",
    text: 'acl = "write" operator = "read" keyring = "deny" mesh = "write" peering = "read"',
    rules: [
      "acl_prefix =write",
      "keyring_prefix =deny",
      "mesh_prefix =write",
      "operator_prefix =read",
      "peering_prefix =read",
    ],
  },
  { name: "JSON", text: '{"service_prefix":{"":{"policy":"read"}}}', rules: ["service_prefix =read"] },
  {
    name: "JSON with lists",
    text: '{"agent":[{"a":{"policy":"read"}},{"b":[{"policy":"write"}]}],"acl":null}',
    rules: ["agent a=read", "agent b=write"],
  },
  { name: "a resource that is not known", text: 'spaceship "x" { policy = "read" }', rules: [] },
  { name: "a plain resource that is empty", text: 'acl = ""', rules: [] },
];

const unreadable: readonly { name: string; text: string; message: string | RegExp }[] = [
  { name: "no end", text: 'service "web" {', message: /^Failed to parse ACL rules: 1:16: / },
  {
    name: "an access that there is not",
    text: 'service "web" { policy = "nope" }',
    message: 'Invalid service policy: acl.ServiceRule{Name:"web", Policy:"nope"}',
  },
  {
    name: "no policy",
    text: 'node_prefix "" {}',
    message: 'Invalid node_prefix policy: acl.NodeRule{Name:"", Policy:""}',
  },
  {
    name: "list of something but keys",
    text: 'node "a" { policy = "list" }',
    message: 'Invalid node policy: acl.NodeRule{Name:"a", Policy:"list"}',
  },
  {
    name: "intentions that are none",
    text: 'service_prefix "" { policy = "read" intentions = "list" }',
    message: 'Invalid service_prefix intentions policy: acl.ServiceRule{Name:"", Policy:"read", Intentions:"list"}',
  },
  { name: "a plain resource", text: 'operator = "list"', message: 'Invalid operator policy: "list"' },
  { name: "a number", text: "acl = 5", message: 'Invalid acl policy: "5"' },
  {
    name: "a block where a value belongs",
    text: 'acl "x" { policy = "read" }',
    message: 'Failed to parse ACL rules: acl must be written as acl = "read"',
  },
  {
    name: "a value where a block belongs",
    text: 'key = "read"',
    message: 'Failed to parse ACL rules: key must be written as key "web" { policy = "read" }',
  },
  {
    name: "a block without a name",
    text: 'service { policy = "read" }',
    message: 'Failed to parse ACL rules: service must be written as service "web" { policy = "read" }',
  },
];

describe("parseRules", () => {
  test.each(readable)("reads $name", ({ text, rules }) => {
    expect(parseRules(text).map(short)).toEqual(rules);
  });

  test.each(unreadable)("refuses $name", ({ text, message }) => {
    expect(() => parseRules(text)).toThrow(RulesError);
    expect(() => parseRules(text)).toThrow(message);
  });

  test("throws nothing but RulesError, whatever the text", () => {
    const words = fc.constantFrom(
      "service",
      "key_prefix",
      "acl",
      '"web"',
      "{",
      "}",
      "=",
      '"read"',
      "policy",
      "[",
      "]",
      ",",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseRules(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RulesError);
        }
      }),
    );
  });
});
