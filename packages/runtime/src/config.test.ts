import { Type } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, describeConfig, loadConfig } from "./config.ts";
import { variableName } from "./environment.ts";

const Schema = Type.Object({
  listenPort: Type.Integer({ default: 8443, minimum: 0, maximum: 65_535, description: "Port that the mesh dials." }),
  ratio: Type.Number({ default: 0.5, minimum: 0 }),
  verbose: Type.Boolean({ default: false }),
  mode: Type.Union([Type.Literal("local"), Type.Literal("remote")], { default: "local" }),
  hosts: Type.Array(Type.String({ minLength: 1 }), { default: [] }),
  labels: Type.Record(Type.String(), Type.String(), { default: {} }),
  nodeName: Type.Optional(Type.String({ minLength: 2 })),
});
const DEFAULTS = { listenPort: 8443, ratio: 0.5, verbose: false, mode: "local", hosts: [], labels: {} };

describe("loadConfig", () => {
  const good = [
    { name: "gives the defaults where nothing is set", env: {}, config: {} },
    {
      name: "takes a variable that is set but empty for one that is not",
      env: { CAUSEWAY_LISTEN_PORT: "" },
      config: {},
    },
    { name: "ignores variables that no field asks for", env: { CAUSEWAY_OTHER: "x", LISTEN_PORT: "1" }, config: {} },
    { name: "reads an integer", env: { CAUSEWAY_LISTEN_PORT: " 443 " }, config: { listenPort: 443 } },
    { name: "reads a number", env: { CAUSEWAY_RATIO: "1.25" }, config: { ratio: 1.25 } },
    { name: "reads true", env: { CAUSEWAY_VERBOSE: "true" }, config: { verbose: true } },
    { name: "reads 1 as true", env: { CAUSEWAY_VERBOSE: "1" }, config: { verbose: true } },
    { name: "reads FALSE", env: { CAUSEWAY_VERBOSE: "FALSE" }, config: { verbose: false } },
    { name: "reads one of a few", env: { CAUSEWAY_MODE: "remote" }, config: { mode: "remote" } },
    {
      name: "reads a list",
      env: { CAUSEWAY_HOSTS: "a.example, b.example" },
      config: { hosts: ["a.example", "b.example"] },
    },
    {
      name: "reads an object",
      env: { CAUSEWAY_LABELS: '{ "rack": "r1, left" }' },
      config: { labels: { rack: "r1, left" } },
    },
    {
      name: "leaves a text that looks like a number a text",
      env: { CAUSEWAY_NODE_NAME: "12" },
      config: { nodeName: "12" },
    },
  ];
  for (const { name, env, config } of good) {
    test(name, () => expect(loadConfig(Schema, env)).toEqual({ ...DEFAULTS, ...config }));
  }

  test("reads variables of another prefix", () => {
    expect(loadConfig(Schema, { DEMO_LISTEN_PORT: "1" }, { prefix: "DEMO_" }).listenPort).toBe(1);
  });

  const bad = [
    {
      name: "a number beyond its range",
      env: { CAUSEWAY_LISTEN_PORT: "70000" },
      says: 'CAUSEWAY_LISTEN_PORT is "70000", but must be an integer from 0 to 65535',
    },
    {
      name: "half a number",
      env: { CAUSEWAY_LISTEN_PORT: "1.5" },
      says: 'CAUSEWAY_LISTEN_PORT is "1.5", but must be an integer',
    },
    { name: "a number with a unit", env: { CAUSEWAY_LISTEN_PORT: "80ms" }, says: 'CAUSEWAY_LISTEN_PORT is "80ms"' },
    {
      name: "a word for a number",
      env: { CAUSEWAY_RATIO: "many" },
      says: 'CAUSEWAY_RATIO is "many", but must be a number of at least 0',
    },
    {
      name: "a word for a truth",
      env: { CAUSEWAY_VERBOSE: "perhaps" },
      says: 'CAUSEWAY_VERBOSE is "perhaps", but must be true or false',
    },
    {
      name: "a choice that there is not",
      env: { CAUSEWAY_MODE: "far" },
      says: 'CAUSEWAY_MODE is "far", but must be one of: local, remote',
    },
    {
      name: "an object that is none",
      env: { CAUSEWAY_LABELS: "rack=r1" },
      says: 'CAUSEWAY_LABELS is "rack=r1", but must be an object in JSON',
    },
    { name: "a value of another kind in an object", env: { CAUSEWAY_LABELS: '{"a":1}' }, says: "an object in JSON" },
    { name: "a hole in a list", env: { CAUSEWAY_HOSTS: "a,,b" }, says: 'CAUSEWAY_HOSTS is "a,,b", but must be a list' },
    {
      name: "a text that is too short",
      env: { CAUSEWAY_NODE_NAME: "x" },
      says: "must be a text of at least 2 characters",
    },
  ];
  for (const { name, env, says } of bad) {
    test(`refuses ${name}`, () => expect(() => loadConfig(Schema, env)).toThrow(says));
  }

  test("tells the remedy, the default and what the variable is for", () => {
    expect(() => loadConfig(Schema, { CAUSEWAY_LISTEN_PORT: "x" })).toThrow(
      "set CAUSEWAY_LISTEN_PORT to such a value, or unset it for the default 8443 (Port that the mesh dials)",
    );
  });

  test("tells all that is wrong at once", () => {
    const env = { CAUSEWAY_LISTEN_PORT: "x", CAUSEWAY_MODE: "far" };
    expect(problemsOf(() => loadConfig(Schema, env)).map(({ variable }) => variable)).toEqual([
      "CAUSEWAY_LISTEN_PORT",
      "CAUSEWAY_MODE",
    ]);
  });

  test("names a variable that has no default and is not set", () => {
    expect(() => loadConfig(Type.Object({ serviceName: Type.String() }), {})).toThrow(
      "CAUSEWAY_SERVICE_NAME is not set, but must be a text",
    );
  });

  const secrets = Type.Object({
    agentToken: Type.String({ minLength: 40 }),
    pin: Type.Integer({ secret: true }),
    url: Type.String({ minLength: 40 }),
  });
  test("never shows the value of a secret", () => {
    const env = { CAUSEWAY_AGENT_TOKEN: "s3cret", CAUSEWAY_PIN: "s3cret", CAUSEWAY_URL: "nats://s3cret@host" };
    const problems = problemsOf(() => loadConfig(secrets, env));
    expect(problems).toHaveLength(3);
    expect(JSON.stringify(problems)).not.toContain("s3cret");
  });

  test("either gives a port of its range or refuses, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        try {
          const { listenPort } = loadConfig(Schema, { CAUSEWAY_LISTEN_PORT: text });
          expect(listenPort).toBe(text === "" ? 8443 : Number(text));
          expect(Number.isInteger(listenPort) && listenPort >= 0 && listenPort <= 65_535).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

describe("variableName", () => {
  for (const [field, variable] of [
    ["natsUrl", "CAUSEWAY_NATS_URL"],
    ["drainTimeoutMs", "CAUSEWAY_DRAIN_TIMEOUT_MS"],
    ["listenTLSPort", "CAUSEWAY_LISTEN_TLS_PORT"],
    ["ipv6Address", "CAUSEWAY_IPV6_ADDRESS"],
    ["datacenter", "CAUSEWAY_DATACENTER"],
  ] as const) {
    test(`of ${field} is ${variable}`, () => expect(variableName(field, "CAUSEWAY_")).toBe(variable));
  }
});

test("describeConfig lists each variable with its range, default and purpose", () => {
  const text = describeConfig(Schema);
  expect(text).toContain(
    "CAUSEWAY_LISTEN_PORT (an integer from 0 to 65535; default 8443)\n      Port that the mesh dials.",
  );
  expect(text).toContain("CAUSEWAY_NODE_NAME (a text of at least 2 characters; optional)");
});

function problemsOf(load: () => unknown): ConfigError["problems"] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  throw new Error("the configuration was taken");
}
