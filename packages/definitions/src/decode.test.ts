import { describe, expect, test } from "vitest";
import { DefinitionError, decodeDefinitions, decodeSettings } from "./decode.ts";
import { refuseBadDefinitions } from "./rules.ts";

const valuesOf = (text: string) => {
  const { services, checks } = decodeDefinitions(text, "web.hcl");
  return { services: services.map(({ value }) => value), checks: checks.map(({ value }) => value) };
};

const WEB = {
  Name: "web",
  Port: 80,
  Tags: ["v1"],
  Meta: { version: "2" },
  Checks: [{ CheckID: "up", ScriptArgs: ["curl", "x"], Interval: 10e9, DeregisterCriticalServiceAfter: 90e9 }],
  Connect: { SidecarService: { Port: 21_000, Checks: [{ TTL: 1e9 }] } },
};

describe("a service", () => {
  test.each([
    {
      name: "in HCL and snake_case",
      text: `service {
        name = "web"
        port = "80"
        tags = "v1"
        meta { version = 2 }
        check { id = "up" args = ["curl", "x"] interval = "10s" deregister_critical_service_after = "90s" }
        connect { sidecar_service { port = 21000 check { ttl = "1s" } } }
      }`,
    },
    {
      name: "in JSON and CamelCase",
      text: JSON.stringify({
        services: [
          {
            Name: "web",
            Port: 80,
            Tags: ["v1"],
            Meta: { version: "2" },
            Checks: [{ ID: "up", ScriptArgs: ["curl", "x"], Interval: 10e9, DeregisterCriticalServiceAfter: "1m30s" }],
            Connect: { SidecarService: { Port: 21_000, Check: { TTL: "1s" } } },
          },
        ],
      }),
    },
  ])("$name is the same", ({ text }) => {
    expect(valuesOf(text).services).toEqual([WEB]);
  });

  test("may stand beside others, under either key and in blocks of one key", () => {
    const text = 'service { name = "a" }\nservice { name = "b" }\nservices = [{ name = "c" }]';
    expect(valuesOf(text).services).toEqual([{ Name: "a" }, { Name: "b" }, { Name: "c" }]);
  });

  test("keeps the names of its proxy's own configuration", () => {
    const text =
      'service { name = "p" proxy { destination_service_name = "web" config { local_connect_timeout_ms = 5 } upstreams { destination_name = "db" local_bind_port = 9 } } }';
    expect(valuesOf(text).services).toEqual([
      {
        Name: "p",
        Proxy: {
          DestinationServiceName: "web",
          Config: { local_connect_timeout_ms: 5 },
          Upstreams: [{ DestinationName: "db", LocalBindPort: 9 }],
        },
      },
    ]);
  });
});

test("a check by itself, with one header or several of a name", () => {
  const text =
    'check { id = "c" name = "c" http = "http://x" header { a = "1" b = ["2", "3"] } interval = "1s" service_id = "web" }';
  expect(valuesOf(text).checks).toEqual([
    { CheckID: "c", Name: "c", HTTP: "http://x", Header: { a: ["1"], b: ["2", "3"] }, Interval: 1e9, ServiceID: "web" },
  ]);
});

test("other keys of an agent are passed over", () => {
  expect(valuesOf('node_name = "n1"\nports { http = 1 }\nacl { enabled = true }')).toEqual({
    services: [],
    checks: [],
  });
});

test("what a file says of the agent itself is told without its definitions", () => {
  const text = `node_name = 7
    ports { http = "8500" }
    nodeMeta { rack = "r1" }
    retry_join = ["10.0.0.1"]
    service { name = "web" }`;
  expect(decodeSettings(text, "agent.hcl")).toEqual({
    node_name: "7",
    ports: { http: 8500 },
    node_meta: { rack: "r1" },
    retry_join: ["10.0.0.1"],
  });
});

test.each([
  [
    "an unknown key of the agent",
    "ports {\n  htp = 1\n}",
    "Error parsing web.hcl: 1 error occurred:\n\t* invalid config key ports.htp (line 2)\n\n",
  ],
  [
    "an unknown key",
    'node_name = "n"\nbogus = 1',
    "Error parsing web.hcl: 1 error occurred:\n\t* invalid config key bogus (line 2)\n\n",
  ],
  [
    "an unknown key inside",
    'service {\n  name = "web"\n  prot = 80\n}',
    "Error parsing web.hcl: 1 error occurred:\n\t* invalid config key service.prot (line 3)\n\n",
  ],
  ["a value of a wrong kind", 'service {\n  port = "many"\n}', "'service.Port' expected type 'int'"],
  ["a duration that is none", 'check {\n  ttl = "soon"\n}', "time: invalid duration soon (line 2)"],
  ["no HCL", "service {", "Error parsing web.hcl: web.hcl:1:"],
])("%s is refused with the file's name", (_, text, problem) => {
  expect(() => decodeDefinitions(text, "web.hcl")).toThrow(DefinitionError);
  expect(() => decodeDefinitions(text, "web.hcl")).toThrow(problem);
});

test.each([
  ["a service without a name", "service { port = 80 }", 'web.hcl: service "": Missing service name'],
  ["an address that is none", 'service { name = "w" address = "0.0.0.0" }', 'service "w": Invalid service address'],
  [
    "a check without an interval",
    'service { name = "w" check { tcp = "x:1" } }',
    'service "w": Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks',
  ],
  ["a check without a name", 'check { ttl = "1s" }', 'web.hcl: check "": Missing check name'],
  [
    "an output of less than nothing",
    'check { name = "c" ttl = "1s" output_max_size = -1 }',
    "MaxOutputMaxSize must be positive",
  ],
  [
    "a warning after what is critical",
    'check { name = "c" tcp = "x:1" interval = "1s" failures_before_warning = 3 failures_before_critical = 2 }',
    "FailuresBeforeWarning can't be higher than FailuresBeforeCritical",
  ],
  ["a status that is none", 'check { name = "c" ttl = "1s" status = "ok" }', "Status for checks must"],
])("%s breaks a rule", (_, text, problem) => {
  expect(() => refuseBadDefinitions(decodeDefinitions(text, "web.hcl"))).toThrow(problem);
});
