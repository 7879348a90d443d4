import type { CatalogService } from "@causeway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SlottedLink, servicePortsOf } from "./service-port.ts";
import { instanceRecord } from "./testing.ts";

function gateway(causeway_service_ports: unknown, facts: Partial<CatalogService> = {}): CatalogService {
  const registration = {
    Kind: "terminating-gateway",
    Port: 8_443,
    Proxy: { Config: { causeway_service_ports } },
  } as const;
  return instanceRecord({ Service: "gw", ...registration, ...facts }).Service;
}

const link = (Service: string, Slot?: number): SlottedLink => ({ Service, ...(Slot === undefined ? {} : { Slot }) });

type Case = {
  readonly name: string;
  readonly ports?: unknown;
  readonly facts?: Partial<CatalogService>;
  readonly link?: SlottedLink;
  readonly port: number | string | undefined;
};

const cases: readonly Case[] = [
  { name: "none for a gateway that has not opted in", port: undefined },
  { name: "none for an empty text", ports: "", port: undefined },
  { name: "none for what is no terminating gateway", ports: "1-9", facts: { Kind: "mesh-gateway" }, port: undefined },
  { name: "the first of the range for slot 0", ports: "21300-21309", port: 21_300 },
  { name: "the last of the range", ports: "21300-21309", link: link("api", 9), port: 21_309 },
  {
    name: "none where the range has come to its end",
    ports: "21300-21309",
    link: link("api", 12),
    port: "the ports 21300 to 21309 are all in use; make the range 3 wider or more",
  },
  {
    name: "none yet for a link without a slot",
    ports: "21300-21309",
    link: link("api"),
    port: "the catalog has not said yet which port of the range is its own",
  },
  { name: "past the port of all services", ports: "8442-8450", link: link("api", 1), port: 8_444 },
  {
    name: "past all ports that the gateway binds",
    ports: "8442-8450",
    facts: {
      Proxy: {
        Config: {
          causeway_service_ports: "8442-8450",
          envoy_gateway_bind_addresses: { a: { address: "10.0.0.1", port: 8_444 } },
        },
      },
    },
    link: link("api", 1),
    port: 8_445,
  },
  { name: "that of its name", ports: { api: 7_000 }, port: 7_000 },
  { name: "none for one that is not named", ports: { db: 7_000 }, port: undefined },
  {
    name: "none where the one named is that of all services",
    ports: { api: 8_443 },
    port: "8443 is the gateway's port for all services",
  },
];

describe("the port of a service", () => {
  for (const { name, ports, facts, link: of = link("api", 0), port } of cases) {
    test(`is ${name}`, () => {
      const given = servicePortsOf(gateway(ports, facts))(of);
      expect(given && ("port" in given ? given.port : given.reason)).toBe(port);
    });
  }

  const slots = fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 30 });
  const range = fc.tuple(fc.integer({ min: 8_430, max: 8_450 }), fc.nat({ max: 40 }));

  test("is no other service's, nor one of all services", () => {
    fc.assert(
      fc.property(slots, range, fc.integer({ min: 8_425, max: 8_460 }), (taken, [first, more], Port) => {
        const portOf = servicePortsOf(gateway(`${first}-${first + more}`, { Port }));
        const ports = taken.flatMap((slot) => {
          const given = portOf(link(`s${slot}`, slot));
          return given !== undefined && "port" in given ? [given.port] : [];
        });
        expect(new Set(ports).size).toBe(ports.length);
        for (const port of ports) {
          expect(port).not.toBe(Port);
          expect(port).toBeGreaterThanOrEqual(first);
          expect(port).toBeLessThanOrEqual(first + more);
        }
      }),
    );
  });

  test("is there for as many services as the range has room for", () => {
    fc.assert(
      fc.property(range, fc.integer({ min: 8_425, max: 8_460 }), ([first, more], Port) => {
        const portOf = servicePortsOf(gateway(`${first}-${first + more}`, { Port }));
        const room = more + 1 - (Port >= first && Port <= first + more ? 1 : 0);
        const served = Array.from({ length: room + 1 }, (_, slot) => portOf(link(`s${slot}`, slot)));
        expect(served.filter((given) => given !== undefined && "port" in given)).toHaveLength(room);
      }),
    );
  });
});
