import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkHttp } from "./http.ts";

let asked: { method: string | undefined; headers: IncomingHttpHeaders; body: string } | undefined;
const server = createServer(async (request, response) => {
  asked = { method: request.method, headers: request.headers, body: await text(request) };
  if (request.url === "/silent") return;
  if (request.url === "/moved") response.writeHead(302, { Location: "/" }).end("moved");
  else if (request.url === "/round") response.writeHead(307, { Location: "/round" }).end();
  else response.end(`${"x".repeat(100)}end`);
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close().closeAllConnections());

const check = (path: string, more: Partial<Parameters<typeof checkHttp>[0]> = {}) =>
  checkHttp({
    kind: "http",
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    method: "GET",
    headers: {},
    body: "",
    skipVerify: false,
    followRedirects: true,
    intervalMs: 1_000,
    timeoutMs: 60_000,
    outputMaxBytes: 10,
    ...more,
  });

test("method, headers and body are those of the check, and Consul's own headers where it says nothing", async () => {
  await check("/", {
    method: "PUT",
    headers: { Host: ["web.example"], ACCEPT: ["a/b"], "X-Two": ["1", "2"] },
    body: "b",
  });
  expect(asked).toMatchObject({
    method: "PUT",
    headers: { host: "web.example", accept: "a/b", "x-two": "1, 2", "user-agent": "Consul Health Check" },
    body: "b",
  });
});

test("the end of the body is kept, as much as the check may keep", async () => {
  const { status, output } = await check("/");
  expect(status).toBe("passing");
  expect(output).toMatch(/^HTTP GET http:\/\/127\.0\.0\.1:\d+\/: 200 OK Output: x{7}end$/);
});

test("no answer in time is critical", async () => {
  const { status, output } = await check("/silent", { timeoutMs: 50 });
  expect(status).toBe("critical");
  expect(output).toMatch(/^Get "http:.*": context deadline exceeded/);
});

test("a redirect is followed, unless the check says otherwise", async () => {
  const followed = await check("/moved");
  expect(followed.status).toBe("passing");
  expect(followed.output).toMatch(/\/moved: 200 OK Output: x{7}end$/);
  const stayed = await check("/moved", { followRedirects: false });
  expect(stayed.status).toBe("critical");
  expect(stayed.output).toMatch(/\/moved: 302 Found Output: moved$/);
});

test("a redirect in a circle comes to an end", async () => {
  const { status, output } = await check("/round");
  expect(status).toBe("critical");
  expect(output).toMatch(/stopped after 10 redirects$/);
});
