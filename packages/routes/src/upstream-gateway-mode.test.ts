import type { ProxyDefaultsEntry, ServiceDefaultsEntry, Upstream } from "@causeway/model";
import { describe, expect, test } from "vitest";
import { describeModeSource, type ModeLevels, type ModeSource, upstreamGatewayMode } from "./upstream-gateway-mode.ts";

const INDEXES = { CreateIndex: 1, ModifyIndex: 1 };

/** Every place that can set a mode, weakest first. */
const WEAKEST_FIRST = [
  "target-defaults",
  "proxy-defaults-config",
  "proxy-defaults",
  "caller-defaults",
  "upstream-defaults",
  "registration",
  "override",
  "upstream",
] as const satisfies readonly ModeSource[];
type Place = (typeof WEAKEST_FIRST)[number];

type Modes = Readonly<Partial<Record<Place, string>>>;
const config = (Mode: string | undefined) => (Mode === undefined ? {} : { MeshGateway: { Mode } });

function proxyDefaults(modes: Modes): ProxyDefaultsEntry {
  const former = modes["proxy-defaults-config"];
  return {
    Kind: "proxy-defaults",
    Name: "global",
    ...(former === undefined ? {} : { Config: { mesh_gateway: { mode: former } } }),
    ...config(modes["proxy-defaults"]),
    ...INDEXES,
  };
}

function caller(modes: Modes, override: object = { Name: "db" }): ServiceDefaultsEntry {
  return {
    Kind: "service-defaults",
    Name: "web",
    ...config(modes["caller-defaults"]),
    UpstreamConfig: {
      Overrides: [{ Name: "db", ...override, ...config(modes.override) }],
      Defaults: config(modes["upstream-defaults"]),
    },
    ...INDEXES,
  };
}

function levels(modes: Modes, upstream: Partial<Upstream> = {}): ModeLevels {
  return {
    upstream: { DestinationName: "db", LocalBindPort: 9_000, ...config(modes.upstream), ...upstream },
    registered: config(modes.registration).MeshGateway,
    caller: caller(modes),
    target: { Kind: "service-defaults", Name: "db", ...config(modes["target-defaults"]), ...INDEXES },
    proxyDefaults: proxyDefaults(modes),
  };
}

test("over every combination of modes, the strongest place that sets one decides", () => {
  const values = [undefined, "none", "local", "remote"] as const;
  const wrong: unknown[] = [];
  for (let combination = 0; combination < values.length ** WEAKEST_FIRST.length; combination++) {
    const modes: Partial<Record<Place, string>> = {};
    let expected: { mode: string | undefined; setBy: string } = { mode: undefined, setBy: "nothing" };
    for (const [at, place] of WEAKEST_FIRST.entries()) {
      const mode = values[Math.floor(combination / values.length ** at) % values.length];
      if (mode === undefined) continue;
      modes[place] = mode;
      expected = { mode, setBy: place };
    }
    const answer = upstreamGatewayMode(levels(modes));
    if (answer.mode !== expected.mode || answer.setBy !== expected.setBy) wrong.push({ modes, answer });
  }
  expect(wrong).toEqual([]);
});

describe("the mode of an upstream", () => {
  test.each<[string, Modes, string | undefined, ModeSource]>([
    ["none there is when nobody sets one", {}, undefined, "nothing"],
    ["none of a stronger place overrides", { upstream: "none", registration: "remote" }, "none", "upstream"],
    ["unset inherits", { upstream: "", override: "", registration: "local" }, "local", "registration"],
    ["unknown counts as unset", { upstream: "sideways", "caller-defaults": "remote" }, "remote", "caller-defaults"],
    ["case matters", { upstream: "LOCAL", "proxy-defaults": "remote" }, "remote", "proxy-defaults"],
    [
      "registration beats defaults for upstreams",
      { registration: "none", "upstream-defaults": "local" },
      "none",
      "registration",
    ],
    ["an override beats the registration", { registration: "local", override: "remote" }, "remote", "override"],
    ["the target's own is the last resort", { "target-defaults": "remote" }, "remote", "target-defaults"],
    [
      "the field of proxy-defaults beats its former key",
      { "proxy-defaults": "none", "proxy-defaults-config": "local" },
      "none",
      "proxy-defaults",
    ],
  ])("%s", (_, modes, mode, setBy) => {
    expect(upstreamGatewayMode(levels(modes))).toEqual({ mode, setBy });
  });

  test("is nothing without any entries", () => {
    const bare = { registered: undefined, caller: undefined, target: undefined, proxyDefaults: undefined };
    expect(upstreamGatewayMode({ upstream: { DestinationName: "db" }, ...bare }).setBy).toBe("nothing");
  });

  test.each([
    ["a text", "local"],
    ["a list", ["local"]],
    ["a map without a mode", { address: "x" }],
    ["null", null],
  ])("is not read from %s in proxy-defaults' Config.mesh_gateway", (_, mesh_gateway) => {
    const global = { ...proxyDefaults({}), Config: { mesh_gateway } };
    expect(upstreamGatewayMode({ ...levels({}), proxyDefaults: global }).setBy).toBe("nothing");
  });

  test.each<[string, object, Partial<Upstream>, ModeSource]>([
    ["another service", { Name: "cache" }, {}, "nothing"],
    ["a peer's service", { Peer: "east" }, {}, "nothing"],
    ["that peer's service, for an upstream there", { Peer: "east" }, { DestinationPeer: "east" }, "override"],
    ["that service, in whatever datacenter", {}, { Datacenter: "dc2" }, "override"],
  ])("takes an override for %s as it is meant", (_, override, upstream, setBy) => {
    const given = { ...levels({}, upstream), caller: caller({ override: "local" }, override) };
    expect(upstreamGatewayMode(given).setBy).toBe(setBy);
  });

  test("comes from the last of several overrides for it", () => {
    const Overrides = ["local", "remote"].map((Mode) => ({ Name: "db", MeshGateway: { Mode } }));
    const given = { ...levels({}), caller: { ...caller({}), UpstreamConfig: { Overrides } } };
    expect(upstreamGatewayMode(given)).toEqual({ mode: "remote", setBy: "override" });
  });
});

test("every place has words of its own", () => {
  const names = { caller: "web", upstream: "db", target: "db-new" };
  const words = [...WEAKEST_FIRST, "nothing" as const].map((place) => describeModeSource(place, names));
  expect(new Set(words).size).toBe(words.length);
  expect(words).toContain('service-defaults "web", UpstreamConfig.Overrides for "db"');
  expect(words).toContain('service-defaults "db-new"');
});
