import { expect, test } from "vitest";
import { type WatchRequest, watchPlan } from "./watch-plan.ts";

test.each([
  [{ type: "key", key: "a/b c" }, "/v1/kv/a%2Fb%20c?"],
  [{ type: "keyprefix", prefix: "app/" }, "/v1/kv/app%2F?recurse="],
  [{ type: "services" }, "/v1/catalog/services?"],
  [{ type: "nodes", filter: 'Meta.rack == "7"' }, "/v1/catalog/nodes?filter=Meta.rack+%3D%3D+%227%22"],
  [
    { type: "service", service: "web", tag: ["a", "b"], passingonly: "true" },
    "/v1/health/service/web?tag=a&tag=b&passing=1",
  ],
  [{ type: "service", service: "web", passingonly: "F" }, "/v1/health/service/web?"],
  [{ type: "checks" }, "/v1/health/state/any?"],
  [{ type: "checks", state: "critical" }, "/v1/health/state/critical?"],
  [{ type: "checks", service: "web" }, "/v1/health/checks/web?"],
  [{ type: "event" }, "/v1/event/list?"],
  [{ type: "event", name: "deploy" }, "/v1/event/list?name=deploy"],
  [{ type: "agent_service", service: "web 1" }, "/v1/agent/service/web%201?"],
  [{ type: "connect_roots" }, "/v1/agent/connect/ca/roots?"],
  [{ type: "connect_leaf", service: "web" }, "/v1/agent/connect/ca/leaf/web?"],
] satisfies [WatchRequest, string][])("%j asks %s", (request, expected) => {
  const { path, query } = watchPlan(request);
  expect(`${path}?${new URLSearchParams(query.map(([name, value]) => [name, value]))}`).toBe(expected);
});

test("only a key is one value and not a list, and only keys may be absent", () => {
  expect(watchPlan({ type: "key", key: "a" })).toMatchObject({ value: "only", mayBeAbsent: true });
  expect(watchPlan({ type: "keyprefix", prefix: "a" })).toMatchObject({ value: "all", mayBeAbsent: true });
  expect(watchPlan({ type: "nodes" })).toMatchObject({ value: "all", mayBeAbsent: false });
});

test.each([
  [{}, "Watch type must be specified"],
  [{ type: "bogus" }, "Unsupported watch type: bogus: give one of key, keyprefix, services"],
  [{ type: "toString" }, "Unsupported watch type: toString"],
  [{ type: "agent_service" }, "Must specify a single service to watch"],
  [{ type: "key" }, "Must specify a single key to watch"],
  [{ type: "keyprefix", key: "a" }, "Must specify a single prefix to watch"],
  [{ type: "service" }, "Must specify a single service to watch"],
  [{ type: "checks", service: "web", state: "any" }, "Cannot specify service and state"],
  [{ type: "service", service: "web", passingonly: "maybe" }, 'true or false, not "maybe"'],
] satisfies [WatchRequest, string][])("%j is refused: %s", (request, expected) => {
  expect(() => watchPlan(request)).toThrow(expected);
});
