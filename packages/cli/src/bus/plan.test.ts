import { describe, expect, test } from "vitest";
import { type BusPlanFlags, busPlan } from "./plan.ts";

const FLAGS: BusPlanFlags = { dir: "/bus", listen: "0.0.0.0:4222", leafListen: "0.0.0.0:7422" };

describe("what is planned", () => {
  test("without flags: one datacenter that stands alone", () => {
    expect(busPlan(FLAGS)).toEqual([
      {
        datacenter: "dc1",
        hosts: ["localhost", "127.0.0.1", "nats", "nats-dc1"],
        listen: "0.0.0.0:4222",
        monitor: undefined,
        folder: "/bus/dc1",
        storeDir: "/bus/dc1/jetstream",
      },
    ]);
  });

  test("of several the first takes in the others, who find it by its name", () => {
    const [first, second] = busPlan({ ...FLAGS, datacenter: ["east", "west"] });
    expect(first).toMatchObject({ accepts: { listen: "0.0.0.0:7422", advertise: undefined } });
    expect(second).toMatchObject({ datacenter: "west", joins: "nats-leaf://nats-east:7422" });
    expect(second).not.toHaveProperty("accepts");
  });

  test("an address of the primary's is both dialled and told", () => {
    const [first, second] = busPlan({ ...FLAGS, datacenter: ["dc1", "dc2"], leafAddress: "nats.example.com:443" });
    expect(first).toMatchObject({ accepts: { advertise: "nats.example.com:443" } });
    expect(second).toMatchObject({ joins: "nats-leaf://nats.example.com:443" });
  });

  test("names and routes are everybody's, or of the datacenter before the sign", () => {
    const [first, second] = busPlan({
      ...FLAGS,
      datacenter: ["dc1", "dc2"],
      host: ["nats.internal", "dc2=10.0.0.2"],
      clusterRoute: ["dc1=nats-0.nats:6222", "dc1=nats-1.nats:6222"],
    });
    expect(first.hosts.slice(4)).toEqual(["nats.internal"]);
    expect(second?.hosts.slice(4)).toEqual(["nats.internal", "10.0.0.2"]);
    expect(first.cluster?.routes).toEqual(["nats-route://nats-0.nats:6222", "nats-route://nats-1.nats:6222"]);
    expect(second).not.toHaveProperty("cluster");
  });

  test("folders that servers see may be others", () => {
    const [only] = busPlan({ ...FLAGS, serverDir: "/etc/nats/#DC#", storeDir: "/data" });
    expect(only).toMatchObject({ folder: "/etc/nats/dc1", storeDir: "/data" });
  });
});

const WRONG = [
  { name: "a datacenter of another spelling", flags: { datacenter: ["DC 1"] }, says: "is no name of a datacenter" },
  { name: "a datacenter twice", flags: { datacenter: ["a", "a"] }, says: "given twice" },
  { name: "a host with a port", flags: { host: ["nats:4222"] }, says: "without a port" },
  { name: "a host of nobody", flags: { host: ["dc9=nats"] }, says: "none of the datacenters" },
  { name: "an address without a port", flags: { listen: "0.0.0.0" }, says: "no <address>:<port>" },
  {
    name: "a route that ends the text it stands in",
    flags: { clusterRoute: ['a":6222'] },
    says: "no <address>:<port>",
  },
];
for (const { name, flags, says } of WRONG) {
  test(`${name} is refused`, () => {
    expect(() => busPlan({ ...FLAGS, ...flags })).toThrow(says);
  });
}
