import type { ConfigEntry, Upstream } from "@causeway/model";
import type { ChainEntries } from "@causeway/routes";
import { describe, expect, test } from "vitest";
import { ConfigView } from "../views/config-view.ts";
import { centralConfigOf } from "./central-config.ts";
import { serviceOf } from "./service-definition.ts";
import { upstreamModes } from "./upstream-modes.ts";

type Draft<E = ConfigEntry> = E extends ConfigEntry ? Omit<E, "CreateIndex" | "ModifyIndex"> : never;

function viewOf(entries: readonly Draft[]): ConfigView {
  const view = new ConfigView();
  for (const entry of entries) {
    const value = { ...entry, CreateIndex: 0, ModifyIndex: 0 };
    view.apply({ kind: entry.Kind, names: [entry.Name], revision: 1, record: { value, revision: 1 } });
  }
  return view;
}

/** The answer for a sidecar of web with one upstream, in dc1. */
function modesOf(upstream: Partial<Upstream>, entries: readonly Draft[] = [], proxy: object = {}) {
  const view = viewOf(entries);
  const chainEntries: ChainEntries = { get: (kind, name) => view.entry(kind, name) as never };
  const service = serviceOf({
    Kind: "connect-proxy",
    Name: "web-sidecar-proxy",
    Port: 21_000,
    Proxy: {
      DestinationServiceName: "web",
      Upstreams: [{ DestinationName: "db", LocalBindPort: 9_000, ...upstream }],
      ...proxy,
    },
  });
  const inputs = { central: centralConfigOf(view), entries: chainEntries, datacenter: "dc1" };
  return upstreamModes(service, inputs).map(({ target, failover, mode, setBy, meaning }) => ({
    target: target && `${target.service}.${target.datacenter}`,
    ...(failover ? { failover } : {}),
    mode,
    setBy,
    meaning,
  }));
}

const global: Draft = { Kind: "proxy-defaults", Name: "global", MeshGateway: { Mode: "local" } };
const resolver = (rest: object) => ({ Kind: "service-resolver", Name: "db", ...rest }) as Draft;
const PROXY_DEFAULTS = { mode: "local", setBy: "proxy-defaults" };

describe("an upstream", () => {
  test("in another datacenter goes through the gateways that the mode names", () => {
    expect(modesOf({ Datacenter: "dc2" }, [global])).toEqual([
      { target: "db.dc2", ...PROXY_DEFAULTS, meaning: "through the mesh gateways of dc1" },
    ]);
    expect(modesOf({ Datacenter: "dc2", MeshGateway: { Mode: "remote" } }, [global])).toEqual([
      { target: "db.dc2", mode: "remote", setBy: "the upstream itself", meaning: "through the mesh gateways of dc2" },
    ]);
  });

  test("in another datacenter is dialled directly when no mode is set", () => {
    expect(modesOf({ Datacenter: "dc2" })).toEqual([
      { target: "db.dc2", mode: "", setBy: "nothing", meaning: "direct: to its instances in dc2" },
    ]);
  });

  test("in the own datacenter is dialled directly, whatever the mode", () => {
    expect(modesOf({}, [global])).toEqual([
      { target: "db.dc1", ...PROXY_DEFAULTS, meaning: "direct: it is in dc1 too" },
    ]);
  });

  test("with a server name of its own is dialled directly, wherever it is", () => {
    const external: Draft = { Kind: "service-defaults", Name: "db", ExternalSNI: "db.example.com" };
    expect(modesOf({ Datacenter: "dc2" }, [global, external])).toEqual([
      { target: "db.dc2", ...PROXY_DEFAULTS, meaning: "direct: it is outside of the mesh" },
    ]);
  });

  test("that is redirected goes where it leads, by the defaults of that service if by no other", () => {
    const redirect = resolver({ Redirect: { Service: "db-new", Datacenter: "dc3" } });
    const target: Draft = { Kind: "service-defaults", Name: "db-new", MeshGateway: { Mode: "remote" } };
    expect(modesOf({}, [redirect, target])).toEqual([
      {
        target: "db-new.dc3",
        mode: "remote",
        setBy: 'service-defaults "db-new"',
        meaning: "through the mesh gateways of dc3",
      },
    ]);
  });

  test("with failover names what stands in for it last", () => {
    const failover = resolver({ Failover: { "*": { Datacenters: ["z-dc", "dc2"] } } });
    expect(modesOf({}, [global, failover])).toEqual([
      { target: "db.dc1", ...PROXY_DEFAULTS, meaning: "direct: it is in dc1 too" },
      { target: "db.z-dc", failover: true, ...PROXY_DEFAULTS, meaning: "through the mesh gateways of dc1" },
      { target: "db.dc2", failover: true, ...PROXY_DEFAULTS, meaning: "through the mesh gateways of dc1" },
    ]);
  });

  test("takes the mode that the proxy was registered with, and not one merged into it", () => {
    const defaults: Draft = {
      Kind: "service-defaults",
      Name: "web",
      MeshGateway: { Mode: "local" },
      UpstreamConfig: { Defaults: { MeshGateway: { Mode: "remote" } } },
    };
    expect(modesOf({}, [defaults])).toMatchObject([
      { mode: "remote", setBy: 'service-defaults "web", UpstreamConfig.Defaults' },
    ]);
    expect(modesOf({}, [defaults], { MeshGateway: { Mode: "none" } })).toMatchObject([
      { mode: "none", setBy: "the proxy's registration" },
    ]);
  });

  test("that leads nowhere says why", () => {
    const nowhere = { target: undefined, mode: "", setBy: "nothing" };
    expect(modesOf({ DestinationType: "prepared_query" }, [global])).toEqual([
      { ...nowhere, meaning: "nowhere: prepared queries are not supported" },
    ]);
    expect(modesOf({ DestinationPeer: "east" }, [global])).toEqual([
      { ...nowhere, meaning: "nowhere: peers are not supported" },
    ]);
    const missing = resolver({ DefaultSubset: "v9" });
    expect(modesOf({}, [missing])).toEqual([
      { ...nowhere, meaning: 'nowhere: service "db" does not have a subset named "v9"' },
    ]);
  });
});
