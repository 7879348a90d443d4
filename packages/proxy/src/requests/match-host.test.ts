import { array, assert as assertProperty, constantFrom, property, string, subarray } from "fast-check";
import { describe, expect, test } from "vitest";
import { matchHost } from "./match-host.ts";

function found(names: readonly string[], authority: string): string | undefined {
  return matchHost(new Map(names.map((name) => [name, name])), authority)?.key;
}

describe("the host of a request", () => {
  const names = ["api.example.com", "*.example.com", "*.eu.example.com", "web.ingress.*", "web.*", "10.0.0.1"];
  const cases: readonly { readonly asked: string; readonly means: string | undefined }[] = [
    { asked: "api.example.com", means: "api.example.com" },
    { asked: "API.Example.COM:8080", means: "api.example.com" },
    { asked: "api.example.com.", means: "api.example.com" },
    { asked: "other.example.com", means: "*.example.com" },
    { asked: "a.b.example.com:443", means: "*.example.com" },
    { asked: "api.eu.example.com", means: "*.eu.example.com" },
    { asked: "web.ingress.consul", means: "web.ingress.*" },
    { asked: "web.ingress.dc1.consul:9999", means: "web.ingress.*" },
    { asked: "web.elsewhere", means: "web.*" },
    { asked: "10.0.0.1:80", means: "10.0.0.1" },
    { asked: "example.com", means: undefined },
    { asked: "web", means: undefined },
    { asked: "xweb.ingress.consul", means: undefined },
    { asked: "[::1]:80", means: undefined },
    { asked: "", means: undefined },
  ];
  for (const { asked, means } of cases) {
    test(`${JSON.stringify(asked)} means ${means ?? "nobody"}`, () => expect(found(names, asked)).toBe(means));
  }

  test("means whoever has every host, where nobody has it", () => {
    expect(found([...names, "*"], "example.org")).toBe("*");
    expect(found([...names, "*"], "api.example.com")).toBe("api.example.com");
  });
});

test("exact names go before suffixes, the longest first, those before prefixes, and these before every host", async () => {
  const name = array(constantFrom("a", "b"), { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const keys = ["a.b", "b.a", "*.b", "*.a.b", "a.*", "a.b.*", "*"];
  const order = (key: string) =>
    (key === "*" ? 0 : key.endsWith("*") ? 100 : key.startsWith("*") ? 200 : 300) + key.length;
  const covers = (key: string, host: string) =>
    key === "*" ||
    key === host ||
    (key.startsWith("*") && host.endsWith(key.slice(1)) && host.length >= key.length) ||
    (key.endsWith("*") && host.startsWith(key.slice(0, -1)));
  await assertProperty(
    property(subarray(keys), name, (some, host) => {
      const [best] = some.filter((key) => covers(key, host)).toSorted((one, other) => order(other) - order(one));
      expect(found(some, host)).toBe(best);
    }),
  );
});

test("whatever a client sends as a host, nobody is meant who does not have it", async () => {
  await assertProperty(
    property(string(), (sent) => {
      expect(found(["a.example.com", "*.example.com"], `${sent}\u0000`)).toBeUndefined();
    }),
  );
});
