import { expect, test } from "vitest";
import { type FederationState, federationRows } from "./federation-table.ts";

const UpdatedAt = "2026-01-01T00:00:00Z";
const Node = { Node: "n1", Address: "10.0.0.1" };
const Service = { ID: "gw", Address: "10.0.0.2", Port: 8443 };
const SURROUNDINGS = {
  ownDatacenter: "dc1",
  primaryDatacenter: "dc1",
  reachable: new Set(["dc2"]),
  nowMs: Date.parse(UpdatedAt) + 90_000,
};

/** The only row of a state. */
function rowOf(state: Partial<FederationState>, nowMs = SURROUNDINGS.nowMs): readonly string[] | undefined {
  return federationRows([{ Datacenter: "dc2", UpdatedAt, ...state }], { ...SURROUNDINGS, nowMs })[1];
}

test("every gateway has a row, and so has a datacenter without any", () => {
  const gateway = { Node, Service, Checks: [] };
  const other = {
    ...gateway,
    Service: { ...Service, ID: "gw-2", TaggedAddresses: { wan: { Address: "203.0.113.7", Port: 443 } } },
  };
  const states = [
    { Datacenter: "dc1", UpdatedAt, MeshGateways: [gateway, other] },
    { Datacenter: "dc2", UpdatedAt },
    { Datacenter: "dc3", UpdatedAt },
  ];
  expect(federationRows(states, SURROUNDINGS)).toEqual([
    ["Datacenter", "Path", "Mesh gateway", "WAN address", "Health", "Published"],
    ["dc1 (primary)", "here", "gw on n1", "10.0.0.2:8443", "passing", "1m ago"],
    ["dc1 (primary)", "here", "gw-2 on n1", "203.0.113.7:443", "passing", "1m ago"],
    ["dc2", "open", "none", "-", "-", "1m ago"],
    ["dc3", "none", "none", "-", "-", "1m ago"],
  ]);
});

test.each([
  {
    fact: "the WAN address of the service",
    service: { TaggedAddresses: { wan: { Address: "::1", Port: 1 } } },
    node: {},
    address: "[::1]:1",
  },
  {
    fact: "the address of the service",
    service: {},
    node: { TaggedAddresses: { wan: "1.2.3.4" } },
    address: "10.0.0.2:8443",
  },
  {
    fact: "the WAN address of the node",
    service: { Address: "" },
    node: { TaggedAddresses: { wan: "1.2.3.4" } },
    address: "1.2.3.4:8443",
  },
  {
    fact: "the address of the node",
    service: { Address: "" },
    node: { TaggedAddresses: null },
    address: "10.0.0.1:8443",
  },
])("a gateway is dialled at $fact", ({ service, node, address }) => {
  const gateway = { Node: { ...Node, ...node }, Service: { ...Service, ...service }, Checks: null };
  expect(rowOf({ MeshGateways: [gateway] })?.[3]).toBe(address);
});

test.each([
  { statuses: [], health: "passing" },
  { statuses: ["passing", "warning"], health: "warning" },
  { statuses: ["warning", "critical", "passing"], health: "critical" },
  { statuses: ["passing", "maintenance"], health: "critical" },
])("checks $statuses make it $health", ({ statuses, health }) => {
  const Checks = statuses.map((Status) => ({ Status }));
  expect(rowOf({ MeshGateways: [{ Node, Service, Checks }] })?.[4]).toBe(health);
});

test.each([
  [-5, "0s ago"],
  [0.9, "0s ago"],
  [59, "59s ago"],
  [3_599, "59m ago"],
  [3_600, "1h ago"],
  [86_400 * 400, "400d ago"],
])("%d seconds are told as %s", (seconds, age) => {
  expect(rowOf({}, Date.parse(UpdatedAt) + seconds * 1_000)?.[5]).toBe(age);
});
