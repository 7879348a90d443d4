import { AGENT_KEYS } from "@causeway/definitions";
import { expect, test } from "vitest";
import { AGENT_FLAGS, flagSettings, type GivenFlags } from "./flags.ts";

const cases: readonly { name: string; given: GivenFlags; settings: object }[] = [
  { name: "no flag says nothing", given: {}, settings: {} },
  { name: "a text", given: { node: "web-1" }, settings: { node_name: "web-1" } },
  {
    name: "ports are one block",
    given: { "http-port": "18500", "https-port": "-1", "dns-port": "8600" },
    settings: { ports: { http: 18_500, https: -1, dns: 8_600 } },
  },
  { name: "a flag by itself is true", given: { server: true, ui: true }, settings: { server: true, ui: true } },
  {
    name: "a flag may be told",
    given: { server: "false", bootstrap: "1" },
    settings: { server: false, bootstrap: true },
  },
  { name: "lists", given: { "retry-join": ["a", "b"] }, settings: { retry_join: ["a", "b"] } },
  {
    name: "pairs by their first colon",
    given: { "node-meta": ["rack:r1", "url:http://x", "bare"] },
    settings: { node_meta: { rack: "r1", url: "http://x", bare: "" } },
  },
];
test.each(cases)("$name", ({ given, settings }) => {
  expect(flagSettings(given)).toEqual(settings);
});

test.each([
  [{ "http-port": "http" }, 'invalid value "http" for flag -http-port: parse error'],
  [{ server: "perhaps" }, 'invalid boolean value "perhaps" for -server: parse error'],
])("%o is refused", (given, problem) => {
  expect(() => flagSettings(given)).toThrow(problem);
});

test("every flag stands for a key that files may have", () => {
  const keys = AGENT_FLAGS.map(({ key }) => key.split(".")[0]);
  expect(keys.filter((key) => !AGENT_KEYS.includes(key ?? "") && !key?.endsWith("_allowed_cidrs"))).toEqual([]);
});
