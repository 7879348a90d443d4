import { expect, test } from "vitest";
import { type Asked, redirected } from "./redirect.ts";

const asked: Asked = {
  url: "http://a.example:81/health?x=1",
  method: "POST",
  headers: { host: "web.example", authorization: "secret", "x-probe": "1" },
  body: "b",
};
const { host, authorization, ...plain } = asked.headers;

const cases = [
  { name: "200 leads nowhere", status: 200, location: "/ok", next: undefined },
  { name: "304 leads nowhere", status: 304, location: "/ok", next: undefined },
  { name: "without a Location it is the answer", status: 302, location: undefined, next: undefined },
  {
    name: "302 is followed by GET without the body",
    status: 302,
    location: "/ok",
    next: { url: "http://a.example:81/ok", method: "GET", headers: asked.headers, body: "" },
  },
  {
    name: "307 is followed by the same again",
    status: 307,
    location: "ok",
    next: { ...asked, url: "http://a.example:81/ok" },
  },
  {
    name: "a URL of its own has its own Host",
    status: 308,
    location: "https://a.example/",
    next: { ...asked, url: "https://a.example/", headers: { authorization, ...plain } },
  },
  {
    name: "another machine is told no credentials",
    status: 308,
    location: "http://b.example/",
    next: { ...asked, url: "http://b.example/", headers: plain },
  },
];
for (const { name, status, location, next } of cases) {
  test(name, () => expect(redirected(asked, status, location)).toEqual(next));
}

test("HEAD stays HEAD", () => {
  expect(redirected({ ...asked, method: "HEAD" }, 301, "/ok")).toMatchObject({ method: "HEAD" });
});

test("a Location that is no URL is refused", () => {
  expect(() => redirected(asked, 302, "http://[")).toThrow(TypeError);
});
