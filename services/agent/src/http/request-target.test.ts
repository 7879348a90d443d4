import { expect, test } from "vitest";
import { requestTarget } from "./request-target.ts";

test.each([
  ["a path", "/v1/kv/a", ["/v1/kv/a", ""]],
  ["a path and a query", "/v1/kv/a?raw&cas=1", ["/v1/kv/a", "raw&cas=1"]],
  ["a query with a question mark", "/v1/kv/a?filter=a?b", ["/v1/kv/a", "filter=a?b"]],
  ["an escaped slash", "/v1/kv/a%2Fb?raw", ["/v1/kv/a/b", "raw"]],
  ["a plus, which is no blank here", "/v1/kv/a+b", ["/v1/kv/a+b", ""]],
  ["what is asked of a proxy", "http://agent:8500/v1/kv/a?raw", ["/v1/kv/a", "raw"]],
  ["an origin by itself", "http://agent:8500?raw", ["/", "raw"]],
])("reads %s", (_, url, [path, rawQuery]) => expect(requestTarget(url)).toMatchObject({ path, rawQuery }));

test("keeps the path as it came", () => expect(requestTarget("/v1/kv/a%2Fb?raw")?.rawPath).toBe("/v1/kv/a%2Fb"));

test.each(["/v1/kv/%zz", "/v1/kv/%", "/v1/kv/%ff"])("a malformed escape is no target: %s", (url) => {
  expect(requestTarget(url)).toBeUndefined();
});
