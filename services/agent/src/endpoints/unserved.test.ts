import { expect, test } from "vitest";
import { STAYING_CLIENT } from "../http/endpoint.ts";
import { endpointFinder } from "../http/find-endpoint.ts";
import { unservedEndpoints } from "./unserved.ts";

test.each([
  ["GET", "/v1/snapshot", "snapshots"],
  ["GET", "/v1/query/some", "prepared queries"],
  ["GET", "/v1/operator/autopilot/health", "servers that vote"],
] as const)("%s %s is a 501 that names what is absent", async (method, path, what) => {
  const endpoint = endpointFinder(unservedEndpoints())(path);
  const request = {
    method,
    path,
    rest: "",
    query: new URLSearchParams(),
    headers: {},
    body: "",
    client: STAYING_CLIENT,
  };
  const answer = await endpoint?.methods[method]?.(request);
  expect(answer).toMatchObject({ status: 501, body: { kind: "text", text: expect.stringContaining(what) } });
});
