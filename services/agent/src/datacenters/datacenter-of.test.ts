import { describe, expect, test } from "vitest";
import { datacenterOf } from "./datacenter-of.ts";

const of = (method: "GET" | "PUT" | "POST" | "DELETE", path: string, query = "dc=dc2", body = "") =>
  datacenterOf(path, { method, query: new URLSearchParams(query), body });

describe("a request is for", () => {
  test.each([
    ["GET", "/v1/catalog/service/"],
    ["GET", "/v1/health/state/"],
    ["GET", "/v1/config/"],
    ["GET", "/v1/connect/intentions/exact"],
    ["GET", "/v1/connect/ca/configuration"],
    ["PUT", "/v1/connect/ca/configuration"],
    ["PUT", "/v1/connect/ca/seal-key"],
    ["GET", "/v1/agent/connect/ca/roots"],
    ["GET", "/v1/discovery-chain/"],
    ["POST", "/v1/discovery-chain/"],
    ["GET", "/v1/internal/ui/nodes"],
    ["GET", "/v1/internal/federation-states"],
    ["GET", "/v1/status/leader"],
    ["GET", "/v1/kv/"],
    ["PUT", "/v1/kv/"],
    ["DELETE", "/v1/kv/"],
    ["GET", "/v1/session/info/"],
    ["PUT", "/v1/session/create"],
    ["PUT", "/v1/txn"],
  ] as const)("the datacenter of its query: %s %s", (method, path) => expect(of(method, path)).toBe("dc2"));

  test.each([
    ["GET", "/v1/catalog/datacenters"],
    ["GET", "/v1/agent/self"],
    ["GET", "/v1/agent/connect/ca/leaf/"],
    ["PUT", "/v1/agent/service/register"],
    ["PUT", "/v1/config"],
    ["DELETE", "/v1/config/"],
    ["POST", "/v1/connect/intentions"],
    ["PUT", "/v1/connect/intentions/exact"],
    ["GET", "/v1/event/list"],
    ["GET", "/v1/acl/tokens"],
    ["GET", "/"],
  ] as const)("the one that it came to, whatever its query says: %s %s", (method, path) => {
    expect(of(method, path)).toBe("");
  });

  test.each([
    ["/v1/catalog/register", '{"Node":"n","datacenter":"dc3"}', "dc3"],
    ["/v1/catalog/deregister", '{"Datacenter":"dc3"}', "dc3"],
    ["/v1/catalog/register", '{"Node":"n"}', ""],
    ["/v1/catalog/register", '{"Datacenter":null}', ""],
    ["/v1/catalog/register", '{"Datacenter":"dc3","Nonsense":1}', ""],
    ["/v1/catalog/deregister", '{"Datacenter":3}', ""],
    ["/v1/catalog/deregister", "{", ""],
  ])("the datacenter of its body: %s %s", (path, body, datacenter) => {
    expect(of("PUT", path, "dc=dc2", body)).toBe(datacenter);
  });
});
