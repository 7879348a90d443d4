import { expect, test } from "vitest";
import { wayOut } from "./way-out.ts";

const here = { datacenter: "dc1", external: false };
const there = { datacenter: "dc2", external: false };
const outside = { datacenter: "dc2", external: true };

test.each([
  ["another datacenter, local", there, "local", "own gateways"],
  ["another datacenter, remote", there, "remote", "target's gateways"],
  ["another datacenter, none", there, "none", "direct"],
  ["another datacenter, unset", there, undefined, "direct"],
  ["the own datacenter, local", here, "local", "direct"],
  ["the own datacenter, remote", here, "remote", "direct"],
  ["outside of the mesh, local", outside, "local", "direct"],
  ["outside of the mesh, remote", outside, "remote", "direct"],
] as const)("%s", (_, target, mode, way) => {
  expect(wayOut(target, mode, "dc1")).toBe(way);
});
