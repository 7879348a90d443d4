import type { IntentionRequest } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { intentionProblems } from "./legacy-rules.ts";

const legal: IntentionRequest = { SourceName: "web", DestinationName: "db", Action: "allow" };

const accepted: readonly { name: string; change: Partial<IntentionRequest> }[] = [
  { name: "two exact names", change: {} },
  { name: "any source", change: { SourceName: "*" } },
  { name: "any destination", change: { DestinationName: "*" } },
  { name: "any to any, denied", change: { SourceName: "*", DestinationName: "*", Action: "deny" } },
  { name: "the only namespace, named", change: { SourceNS: "default", DestinationNS: "" } },
  { name: "any name in any namespace", change: { SourceNS: "*", SourceName: "*" } },
  { name: "the only source type, named", change: { SourceType: "consul" } },
  { name: "no meta", change: { Meta: null } },
  { name: "a description of 512 bytes", change: { Description: "é".repeat(256) } },
  { name: "64 pairs of meta", change: { Meta: pairs(64) } },
];

const refused: readonly { name: string; change: Partial<IntentionRequest>; problems: string[] }[] = [
  { name: "no source", change: { SourceName: "" }, problems: ["SourceName must be set"] },
  { name: "no destination", change: { DestinationName: "" }, problems: ["DestinationName must be set"] },
  {
    name: "part of a source as wildcard",
    change: { SourceName: "we*" },
    problems: ["SourceName: wildcard character '*' cannot be used with partial values"],
  },
  {
    name: "part of a destination as wildcard",
    change: { DestinationName: "*b" },
    problems: ["DestinationName: wildcard character '*' cannot be used with partial values"],
  },
  {
    name: "part of a namespace as wildcard",
    change: { SourceNS: "d*" },
    problems: ["SourceNS: wildcard character '*' cannot be used with partial values"],
  },
  {
    name: "an exact name in any namespace",
    change: { DestinationNS: "*" },
    problems: ["DestinationName: exact value cannot follow wildcard namespace"],
  },
  {
    name: "another namespace",
    change: { SourceNS: "team" },
    problems: ["SourceNS: there is no namespace but 'default'"],
  },
  { name: "no action", change: { Action: "" }, problems: ["Action must be set to 'allow' or 'deny'"] },
  { name: "an action in capitals", change: { Action: "ALLOW" }, problems: ["Action must be set to 'allow' or 'deny'"] },
  { name: "another source type", change: { SourceType: "ip" }, problems: ["SourceType must be set to 'consul'"] },
  {
    name: "a description of 513 bytes",
    change: { Description: `${"é".repeat(256)}x` },
    problems: ["Description exceeds maximum length 512"],
  },
  { name: "65 pairs of meta", change: { Meta: pairs(65) }, problems: ["Meta exceeds maximum element count 64"] },
  {
    name: "a long key of meta",
    change: { Meta: { ["k".repeat(129)]: "" } },
    problems: [`Meta key "${"k".repeat(129)}" exceeds maximum length 128`],
  },
  {
    name: "a long value of meta",
    change: { Meta: { k: "v".repeat(513) } },
    problems: ['Meta value for key "k" exceeds maximum length 512'],
  },
  {
    name: "several things at once, in Consul's order",
    change: { SourceName: "", DestinationName: "a*", Action: "maybe", SourceType: "x" },
    problems: [
      "SourceName must be set",
      "DestinationName: wildcard character '*' cannot be used with partial values",
      "Action must be set to 'allow' or 'deny'",
      "SourceType must be set to 'consul'",
    ],
  },
];

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "v"]));
}

describe("a legacy intention is accepted with", () => {
  for (const { name, change } of accepted) {
    test(name, () => expect(intentionProblems({ ...legal, ...change })).toEqual([]));
  }
});

describe("a legacy intention is refused with", () => {
  for (const { name, change, problems } of refused) {
    test(name, () => expect(intentionProblems({ ...legal, ...change })).toEqual(problems));
  }
});
