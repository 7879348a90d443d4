import { expect, test } from "vitest";
import { secretOf } from "./secret-of.ts";

test.each([
  { name: "nothing", query: "", headers: {}, secret: "" },
  { name: "the query", query: "token=a", headers: {}, secret: "a" },
  { name: "the header", query: "", headers: { "x-consul-token": "a" }, secret: "a" },
  { name: "a bearer", query: "", headers: { authorization: "Bearer a" }, secret: "a" },
  { name: "a bearer in another case", query: "", headers: { authorization: "bearer a " }, secret: "a" },
  { name: "other credentials", query: "", headers: { authorization: "Basic a" }, secret: "" },
  { name: "the query before the header", query: "token=a", headers: { "x-consul-token": "b" }, secret: "a" },
  {
    name: "the header before a bearer",
    query: "",
    headers: { "x-consul-token": "a", authorization: "Bearer b" },
    secret: "a",
  },
  { name: "an empty query, and the header", query: "token=", headers: { "x-consul-token": "a" }, secret: "a" },
])("$name", ({ query, headers, secret }) => {
  expect(secretOf({ query: new URLSearchParams(query), headers })).toBe(secret);
});
