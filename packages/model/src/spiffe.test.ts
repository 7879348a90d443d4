import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseServiceSpiffeId, serviceSpiffeId } from "./spiffe.ts";

const identity = { trustDomain: "11111111-2222.consul", namespace: "default", datacenter: "dc1", service: "web" };

const refused = [
  { name: "another scheme", uri: "https://td.consul/ns/default/dc/dc1/svc/web" },
  { name: "no path", uri: "spiffe://td.consul" },
  { name: "a mesh gateway", uri: "spiffe://td.consul/gateway/mesh/dc/dc1" },
  { name: "an agent", uri: "spiffe://td.consul/agent/client/dc/dc1/id/node" },
  { name: "something after the service", uri: "spiffe://td.consul/ns/default/dc/dc1/svc/web/x" },
  { name: "a query", uri: "spiffe://td.consul/ns/default/dc/dc1/svc/web?x=1" },
  { name: "a broken escape", uri: "spiffe://td.consul/ns/default/dc/dc1/svc/%zz" },
  { name: "nothing", uri: "" },
] as const;

describe("service SPIFFE IDs", () => {
  test("have the form that Consul gives them", () => {
    expect(serviceSpiffeId(identity)).toBe("spiffe://11111111-2222.consul/ns/default/dc/dc1/svc/web");
  });

  test("compare their trust domain without regard to case", () => {
    expect(parseServiceSpiffeId("SPIFFE://TD.Consul/ns/default/dc/dc1/svc/Web")).toEqual({
      ...identity,
      trustDomain: "td.consul",
      service: "Web",
    });
  });

  for (const { name, uri } of refused) {
    test(`${name} is none`, () => expect(parseServiceSpiffeId(uri)).toBeUndefined());
  }

  test("every service name survives", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (service) => {
        expect(parseServiceSpiffeId(serviceSpiffeId({ ...identity, service }))).toEqual({ ...identity, service });
      }),
    );
  });
});
