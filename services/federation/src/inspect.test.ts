import { expect, test } from "vitest";
import { gateway, stateOf } from "../test/gateway.ts";
import { inspected } from "./inspect.ts";

test("a datacenter is shown with its age, its path, and its gateways as others dial them", () => {
  const MeshGateways = [gateway({ health: "critical" }), gateway({ address: "2001:db8::1" })];
  const state = stateOf({ MeshGateways, UpdatedAt: "2026-01-01T10:00:00Z" });
  expect(inspected(state, "silent", Date.parse("2026-01-01T10:01:30Z"))).toEqual({
    datacenter: "dc2",
    path: "silent",
    updatedAt: "2026-01-01T10:00:00Z",
    ageSeconds: 90,
    gateways: [
      { node: "n", id: "gw", wan: "198.51.100.1:443", health: "critical" },
      { node: "n", id: "gw", wan: "[2001:db8::1]:443", health: "passing" },
    ],
  });
});
