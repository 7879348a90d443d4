import { describe, expect, test } from "vitest";
import { chainEntries, type EntryFacts } from "../testing.ts";
import { chainTarget } from "./chain-target.ts";
import { Customization } from "./customization.ts";

const mesh = { datacenter: "dc1", trustDomain: "abc.consul" };
const UNSET = [undefined, "", "sideways"] as const;
const SET = ["none", "local", "remote"] as const;

type Modes = {
  readonly override?: string | undefined;
  readonly own?: string | undefined;
  readonly all?: string | undefined;
};
type Facts = Modes & { readonly datacenter?: string; readonly ExternalSNI?: string };

function targetFor({ override, own, all, datacenter = "dc2", ExternalSNI }: Facts) {
  const MeshGateway = (Mode: string | undefined) => (Mode === undefined ? {} : { MeshGateway: { Mode } });
  const external = ExternalSNI === undefined ? {} : { ExternalSNI };
  const entries: EntryFacts[] = [
    { Kind: "service-defaults", Name: "db", ...MeshGateway(own), ...external },
    { Kind: "proxy-defaults", Name: "global", ...MeshGateway(all) },
  ];
  const mode = SET.find((known) => known === override);
  const customization = new Customization({ meshGatewayMode: mode });
  const address = { service: "db", subset: "", datacenter };
  const target = chainTarget(address, { entries: chainEntries(entries), mesh, customization });
  return { target, customised: customization.hash !== undefined };
}

type Case = Modes & { readonly name: string; readonly mode: string | undefined; readonly customised: boolean };

/** Every combination of what the caller, the service's own defaults and those of all proxies may say. */
const cases: readonly Case[] = [
  ...UNSET.flatMap((own) =>
    UNSET.map((all) => ({ name: "nothing says anything", own, all, mode: undefined, customised: false })),
  ),
  ...UNSET.flatMap((own) =>
    SET.map((all) => ({ name: "only the defaults of all proxies do", own, all, mode: all, customised: false })),
  ),
  ...SET.flatMap((own) =>
    [...UNSET, ...SET].map((all) => ({
      name: "the service's own defaults go first",
      own,
      all,
      mode: own,
      customised: false,
    })),
  ),
  ...SET.flatMap((override) =>
    [...UNSET, ...SET].flatMap((own) =>
      [...UNSET, ...SET].map((all) => {
        const before = [own, all].find((mode) => SET.some((known) => known === mode));
        return {
          name: "the caller goes before all",
          override,
          own,
          all,
          mode: override,
          customised: override !== before,
        };
      }),
    ),
  ),
];

describe("the mesh gateway mode of a target in another datacenter", () => {
  for (const { name, mode, customised, ...modes } of cases) {
    test(`${name}: ${JSON.stringify(modes)}`, () => {
      expect(targetFor(modes)).toMatchObject({ target: { meshGatewayMode: mode }, customised });
    });
  }
});

describe("a target", () => {
  const wished = { override: "remote", own: "local", all: "local" };

  test("in the same datacenter is dialled directly, whoever wishes what", () => {
    expect(targetFor({ ...wished, datacenter: "dc1" })).toMatchObject({
      target: { meshGatewayMode: undefined },
      customised: false,
    });
  });

  test("with a server name of its own is outside of the mesh and its gateways, and keeps its name in the mesh", () => {
    expect(targetFor({ ...wished, ExternalSNI: "db.example.com" })).toEqual({
      target: {
        id: "db.default.dc2",
        service: "db",
        subset: "",
        datacenter: "dc2",
        definition: {},
        meshGatewayMode: undefined,
        external: true,
        serverName: "db.example.com",
        name: "db.default.dc2.internal.abc.consul",
      },
      customised: false,
    });
  });
});
