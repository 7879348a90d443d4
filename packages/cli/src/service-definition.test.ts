import { expect, test } from "vitest";
import { definitionsIn } from "./service-definition.ts";

const web = { name: "web" };
const api = { name: "api" };

test.each([
  ["one service", { service: web }, [web]],
  ["several blocks of the same name", { service: [web, api] }, [web, api]],
  ["a list", { services: [web, api] }, [web, api]],
  ["both", { service: web, services: [api] }, [web, api]],
] as const)("a file may define %s", (_, content, expected) => {
  expect(definitionsIn(content, "web.hcl")).toEqual(expected);
});

test("a file without a service is refused by its name", () => {
  expect(() => definitionsIn({ Kind: "mesh" }, "mesh.hcl")).toThrow('mesh.hcl: has neither "service" nor "services"');
});
