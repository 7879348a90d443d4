import { describe, expect, test } from "vitest";
import { ApiError } from "../http/errors.ts";
import { decodeBody } from "../http/go-shape.ts";
import { LocalState } from "./local-state.ts";
import { checkRegistrationOf, registrationOf } from "./registration.ts";
import { CheckTypeShape, ServiceShape } from "./registration-shapes.ts";
import { scriptsFromAfar } from "./scripts.ts";

const SECOND_NS = 1e9;
const NO_SCRIPTS = scriptsFromAfar({ enableScriptChecks: false });

function register(state: LocalState, body: object): LocalState {
  const { services, checks, tokens, sidecars } = registrationOf(
    decodeBody(JSON.stringify(body), ServiceShape),
    state,
    "n1",
    NO_SCRIPTS,
    "",
  );
  state.register(services, checks, false, tokens, sidecars);
  return state;
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError && error.failure.code === "ANSWERED")
      return `${error.failure.status} ${error.failure.text}`;
    throw error;
  }
  return "accepted";
}

describe("a service", () => {
  const refused: readonly (readonly [object, string])[] = [
    [{ Port: 1 }, "400 Missing service name"],
    [{ Name: "web", Address: "0.0.0.0" }, "400 Invalid service address"],
    [{ Name: "web", Check: { Name: "c" } }, "400 Invalid check: TTL must be > 0 for TTL checks"],
    [
      { Name: "web", Checks: [{ TTL: "10s", Status: "odd" }] },
      "400 Status for checks must 'passing', 'warning', 'critical'",
    ],
    [
      { Name: "tgw", Kind: "terminating-gateway" },
      "400 1 error occurred:\n\t* Port must be non-zero for a terminating-gateway\n\n",
    ],
    [
      { Name: "web", Connect: { SidecarService: { Proxy: { Upstreams: [{ DestinationName: "db" }] } } } },
      "400 1 error occurred:\n\t* upstream local bind port cannot be zero\n\n",
    ],
  ];
  for (const [body, text] of refused) {
    test(`${JSON.stringify(body)} is refused with: ${text}`, () => {
      expect(refusal(() => register(new LocalState(), body))).toBe(text);
    });
  }

  test("is the same in CamelCase and snake_case", () => {
    const camel = register(new LocalState(), { Name: "web", EnableTagOverride: true, Proxy: {} });
    const snake = register(new LocalState(), { name: "web", enable_tag_override: true, proxy: {} });
    expect(snake.services.get("web")).toEqual(camel.services.get("web"));
  });

  test("keeps the results of checks that it is registered with again", () => {
    const body = { Name: "web", Check: { TTL: "10s" } };
    const state = register(new LocalState(), body);
    state.setResult("service:web", "passing", "well");
    expect(register(state, body).checks.get("service:web")?.check).toMatchObject({ Status: "passing", Output: "well" });
  });

  test("numbers its checks when there are several", () => {
    const state = register(new LocalState(), { Name: "web", Checks: [{ TTL: "10s" }, { TTL: "10s" }] });
    expect([...state.checks.keys()]).toEqual(["service:web:1", "service:web:2"]);
  });
});

describe("a sidecar", () => {
  const web = { Name: "web", Port: 8080, Tags: ["t"], Connect: { SidecarService: {} } };

  test("takes from its service what it leaves out, and gets the first free port", () => {
    const state = register(register(new LocalState(), { Name: "other", Port: 21_000 }), web);
    expect(state.services.get("web-sidecar-proxy")).toMatchObject({
      Kind: "connect-proxy",
      Service: "web-sidecar-proxy",
      Tags: ["t"],
      Port: 21_001,
      Proxy: { DestinationServiceName: "web", DestinationServiceID: "web", LocalServicePort: 8080 },
    });
    expect([...state.checks.values()].map(({ check }) => check.Name)).toEqual([
      "Connect Sidecar Listening",
      "Connect Sidecar Aliasing web",
    ]);
  });

  test("keeps its port when its service is registered again", () => {
    const state = register(new LocalState(), web);
    register(state, { Name: "api", Port: 1, Connect: { SidecarService: {} } });
    register(state, { ...web, Port: 8081 });
    expect(state.services.get("web-sidecar-proxy")).toMatchObject({ Port: 21_000, Proxy: { LocalServicePort: 8081 } });
  });

  test("goes with its service, and its checks with it", () => {
    const state = register(new LocalState(), web);
    state.deregister(["web"]);
    expect([...state.services.keys(), ...state.checks.keys()]).toEqual([]);
  });

  test("that was registered by itself stays without its service", () => {
    const proxy = {
      Kind: "connect-proxy",
      Name: "web-sidecar-proxy",
      Port: 1,
      Proxy: { DestinationServiceName: "web" },
    };
    const state = register(register(new LocalState(), web), proxy);
    state.deregister(["web"]);
    expect([...state.services.keys()]).toEqual(["web-sidecar-proxy"]);
  });

  test("is refused by Consul's text when no port is left", () => {
    const state = new LocalState();
    for (let port = 21_000; port <= 21_255; port++) register(state, { Name: `s${port}`, Port: port });
    expect(refusal(() => register(state, web))).toBe(
      "400 Invalid SidecarService: no port provided for sidecar_service and none left in the configured range [21000, 21255]",
    );
  });
});

describe("a check by itself", () => {
  const refused: readonly (readonly [object, string])[] = [
    [{ TTL: "10s" }, "400 Missing check name"],
    [{ Name: "x", TTL: "10s", Status: "fluffy" }, "400 Bad check status"],
    [{ Name: "x" }, "400 Invalid check: TTL must be > 0 for TTL checks"],
    [
      { Name: "x", TTL: "10s", Interval: "5s", HTTP: "http://h" },
      "400 Invalid check: Interval and TTL cannot both be specified",
    ],
    [{ Name: "x", TCP: "h:1" }, "400 Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks"],
    [{ Name: "x", TTL: "10s", ServiceID: "nope" }, '500 ServiceID "nope" does not exist'],
    [
      { Name: "x", Args: ["true"], Interval: "5s" },
      "500 Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
    ],
  ];
  for (const [body, text] of refused) {
    test(`${JSON.stringify(body)} is refused with: ${text}`, () => {
      const request = decodeBody(JSON.stringify(body), CheckTypeShape);
      expect(refusal(() => checkRegistrationOf(request, new LocalState(), "n1", NO_SCRIPTS))).toBe(text);
    });
  }

  test("has Consul's defaults: critical at first, 10 s to answer, never more often than once a second", () => {
    const request = { Name: "x", HTTP: "http://h", Interval: 0.1 * SECOND_NS };
    const { check, method } = checkRegistrationOf(request, new LocalState(), "n1", NO_SCRIPTS);
    expect(check).toMatchObject({ CheckID: "x", Status: "critical", Type: "http" });
    expect(method).toMatchObject({ method: "GET", timeoutMs: 10_000, intervalMs: 1_000 });
  });

  test("may run a program where that is allowed, though not in a container", () => {
    const allowed = scriptsFromAfar({ enableScriptChecks: true });
    const read = (body: object) => decodeBody(JSON.stringify(body), CheckTypeShape);
    const script = read({ Name: "x", Args: ["true"], Interval: "5s" });
    expect(checkRegistrationOf(script, new LocalState(), "n1", allowed).method.kind).toBe("script");
    const docker = read({ Name: "x", Args: ["true"], DockerContainerID: "c", Interval: "5s" });
    expect(refusal(() => checkRegistrationOf(docker, new LocalState(), "n1", allowed))).toMatch(
      /^500 Docker checks are not run by this agent/,
    );
  });
});
