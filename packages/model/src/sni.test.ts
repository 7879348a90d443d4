import { expect, test } from "vitest";
import { intentionPrecedence } from "./intention.ts";
import { serviceServerName } from "./sni.ts";
import { verbSubject } from "./verbs.ts";

const addressee = { service: "db", datacenter: "dc2", trustDomain: "abc.consul" };

test("a service is asked for by name, namespace, datacenter and trust domain", () => {
  expect(serviceServerName(addressee)).toBe("db.default.dc2.internal.abc.consul");
});

test("a subset stands in front of its service", () => {
  expect(serviceServerName({ ...addressee, subset: "v1" })).toBe("v1.db.default.dc2.internal.abc.consul");
});

test("a verb's subject has the datacenter as one token", () => {
  expect(verbSubject("dc.1", "ca.sign-leaf")).toBe("causeway.dc=2e1.ca.sign-leaf");
  expect(verbSubject("dc1", "proxy.page", ["web", "a.b", "w 1"])).toBe("causeway.dc1.proxy.page.web.a=2eb.w=201");
});

test.each([
  ["web", "db", 9],
  ["*", "db", 8],
  ["web", "*", 6],
  ["*", "*", 5],
] as const)("an intention %s => %s has precedence %i", (source, destination, precedence) => {
  expect(intentionPrecedence(source, destination)).toBe(precedence);
});
