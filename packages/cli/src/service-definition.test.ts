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

test("a lone block is taken as a list where the agent wants one, however deep", () => {
  const upstreams = { destination_name: "db", local_bind_port: 5000 };
  const content = { service: { name: "web", connect: { sidecar_service: { proxy: { upstreams } } } } };
  expect(definitionsIn(content, "web.hcl")).toEqual([
    { name: "web", connect: { sidecar_service: { proxy: { upstreams: [upstreams] } } } },
  ]);
});

test("a file without a service is refused by its name", () => {
  expect(() => definitionsIn({ Kind: "mesh" }, "mesh.hcl")).toThrow('mesh.hcl: has neither "service" nor "services"');
});
