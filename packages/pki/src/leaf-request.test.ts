import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLeafSpiffeId, validateLeafCsr } from "./leaf-request.ts";

const HERE = { trustDomain: "1111.consul", datacenter: "dc1" };
const WEB = "spiffe://1111.consul/ns/default/dc/dc1/svc/web";

describe("validateLeafCsr takes", () => {
  const service = { kind: "service", trustDomain: "1111.consul", namespace: "default", datacenter: "dc1" };
  const legal = [
    { name: "a service", uri: WEB, identity: { ...service, service: "web" } },
    {
      name: "a trust domain in upper case, since hosts are compared without regard to case",
      uri: "spiffe://1111.CONSUL/ns/default/dc/dc1/svc/Web",
      identity: { ...service, service: "Web" },
    },
    {
      name: "a service whose name had to be escaped",
      uri: "spiffe://1111.consul/ns/default/dc/dc1/svc/a%2Fb",
      identity: { ...service, service: "a/b" },
    },
    {
      name: "a mesh gateway",
      uri: "spiffe://1111.consul/gateway/mesh/dc/dc1",
      identity: { kind: "mesh-gateway", trustDomain: "1111.consul", datacenter: "dc1" },
    },
  ] as const;
  for (const { name, uri, identity } of legal) {
    test(name, () => expect(validate([uri])).toEqual({ kind: "legal", identity, spiffeId: uri }));
  }

  test("an agent that does not know the trust domain yet, and puts it right", () => {
    expect(validate(["spiffe://dummy.domain/agent/client/dc/dc1/id/node-1"])).toEqual({
      kind: "legal",
      identity: { kind: "agent", trustDomain: "1111.consul", datacenter: "dc1", node: "node-1" },
      spiffeId: "spiffe://1111.consul/agent/client/dc/dc1/id/node-1",
    });
  });
});

describe("validateLeafCsr refuses", () => {
  const mustBe = "SPIFFE ID in CSR must be a service, mesh-gateway, or agent ID";
  const illegal = [
    { name: "no URI", uris: [], message: "CSR SAN contains an invalid number of URIs: 0" },
    { name: "two URIs", uris: [WEB, WEB], message: "CSR SAN contains an invalid number of URIs: 2" },
    {
      name: "an email address",
      uris: [WEB],
      emails: ["a@b.c"],
      message: "CSR SAN does not allow specifying email addresses",
    },
    {
      name: "another datacenter",
      uris: ["spiffe://1111.consul/ns/default/dc/dc2/svc/web"],
      message: "SPIFFE ID in CSR from a different datacenter: dc2, we are dc1",
    },
    {
      name: "a mesh gateway of another datacenter",
      uris: ["spiffe://1111.consul/gateway/mesh/dc/dc2"],
      message: "SPIFFE ID in CSR from a different datacenter: dc2, we are dc1",
    },
    {
      name: "another trust domain",
      uris: ["spiffe://2222.consul/ns/default/dc/dc1/svc/web"],
      message: "SPIFFE ID in CSR from a different trust domain: 2222.consul, we are 1111.consul",
    },
    { name: "a CA", uris: ["spiffe://1111.consul"], message: mustBe },
    { name: "a server", uris: ["spiffe://1111.consul/agent/server/dc/dc1"], message: mustBe },
    {
      name: "a SPIFFE ID of a form that Consul does not know",
      uris: ["spiffe://1111.consul/some/thing"],
      message: "SPIFFE ID is not in the expected format: spiffe://1111.consul/some/thing",
    },
    {
      name: "a service without a name",
      uris: ["spiffe://1111.consul/ns/default/dc/dc1/svc/"],
      message: "SPIFFE ID is not in the expected format: spiffe://1111.consul/ns/default/dc/dc1/svc/",
    },
    {
      name: "a service with a path behind its name",
      uris: [`${WEB}/more`],
      message: `SPIFFE ID is not in the expected format: ${WEB}/more`,
    },
    {
      name: "a URI that is no SPIFFE ID",
      uris: ["https://1111.consul/"],
      message: "SPIFFE ID must have 'spiffe' scheme",
    },
  ] as const;
  for (const { name, message, ...csr } of illegal) {
    test(name, () =>
      expect(validate(csr.uris, "emails" in csr ? csr.emails : [])).toEqual({ kind: "illegal", message }),
    );
  }
});

test("what is taken is of this trust domain, whatever the URI is", () => {
  const part = fc.string({ maxLength: 12 });
  const near = fc
    .tuple(fc.constantFrom("1111.consul", "2222.consul", "1111.consul.evil", "1111.consul@evil"), part, part)
    .map(([host, datacenter, name]) => `spiffe://${host}/ns/default/dc/${datacenter || "dc1"}/svc/${name}`);
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.string(), near), (uri) => {
      const result = validate([uri]);
      if (result.kind === "legal") expect(result.identity).toMatchObject(HERE);
    }),
  );
});

test("a malformed percent escape names nobody", () => {
  expect(parseLeafSpiffeId("spiffe://1111.consul/gateway/mesh/dc/%zz")).toBeUndefined();
});

function validate(uris: readonly string[], emails: readonly string[] = []) {
  return validateLeafCsr({ uris, emails }, HERE);
}
