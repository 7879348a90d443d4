import { expect, test } from "vitest";
import { endpointFinder } from "./find-endpoint.ts";

const endpoints = ["/", "/v1/config", "/v1/config/", "/v1/item/", "/v1/item/named", "/v1/item/under/"].map((path) => ({
  path,
  methods: {},
}));

test.each([
  ["/", "/"],
  ["/v1/config", "/v1/config"],
  ["/v1/config/mesh/a/b", "/v1/config/"],
  ["/v1/item/", "/v1/item/"],
  ["/v1/item/x", "/v1/item/"],
  ["/v1/item/named", "/v1/item/named"],
  ["/v1/item/named/x", "/v1/item/"],
  ["/v1/item/under/x", "/v1/item/under/"],
  ["/v1/item", undefined],
  ["/nowhere", undefined],
])("%s leads to %s", (path, found) => expect(endpointFinder(endpoints)(path)?.path).toBe(found));
