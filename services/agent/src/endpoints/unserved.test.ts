import { expect, test } from "vitest";
import { STAYING_CLIENT } from "../http/endpoint.ts";
import { endpointFinder } from "../http/find-endpoint.ts";
import { unservedEndpoints } from "./unserved.ts";

test.each([
  ["POST", "/v1/peering/token", "cluster peering"],
  ["GET", "/v1/peering/other", "cluster peering"],
  ["GET", "/v1/exported-services", "exported services"],
  ["GET", "/v1/operator/autopilot/health", "servers that vote"],
  ["PUT", "/v1/agent/leave", "leaving by request"],
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
