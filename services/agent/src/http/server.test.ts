import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { BusError, Refusal } from "@causeway/bus";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiRequest, type Client, empty, json, text } from "./endpoint.ts";
import { ApiError, badRequest } from "./errors.ts";
import { serveApi } from "./server.ts";

const logged: { readonly facts: object; readonly message: string }[] = [];
const log = {
  debug: () => {},
  warn: (facts: object, message: string) => logged.push({ facts, message }),
};
const LATE =
  "No cluster leader: no answer in time, so that it is unknown whether this was carried out; if not, it will not be any more";
const waiting = Promise.withResolvers<Client>();
const TIMEOUT = { code: "TIMEOUT", subject: "causeway.dc1.catalog.register", waitedMs: 5 } as const;
const failures: Readonly<Record<string, Error>> = {
  refused: new Refusal(500, "Must provide node"),
  bad: badRequest("no good"),
  unread: new ApiError({ code: "NOT_READY", bucket: "catalog" }),
  down: new BusError({ code: "NO_SERVICE", subject: "causeway.dc1.catalog.register" }),
  far: new BusError({
    code: "NO_PATH",
    datacenter: "dc1",
    subject: "causeway.dc1.intentions.create",
    outcome: "not done",
  }),
  late: new BusError({ ...TIMEOUT, outcome: "unknown" }),
  unsent: new BusError({ ...TIMEOUT, outcome: "not done" }),
  broken: new Error("a bug"),
};

let server: Server;
beforeAll(async () => {
  const endpoints = [
    { path: "/v1/list", methods: { GET: () => json(["a"], { "X-Consul-Index": "7" }) } },
    {
      path: "/v1/item/",
      methods: { GET: (request: ApiRequest) => json([request.path, request.rest]), DELETE: () => empty() },
    },
    { path: "/v1/item/named", methods: { GET: () => text(200, "named") } },
    { path: "/v1/echo", methods: { PUT: (request: ApiRequest) => json(request.body) } },
    { path: "/v1/fail/", methods: { GET: ({ rest }: ApiRequest) => Promise.reject(failures[rest]) } },
    { path: "/v1/large", methods: { GET: () => json("x".repeat(50_000_000)) } },
    {
      path: "/v1/wait",
      methods: {
        GET: async ({ client }: ApiRequest) => {
          waiting.resolve(client);
          await new Promise<void>((resolve) => client.whenGone(resolve));
          return empty();
        },
      },
    },
    { path: "/", methods: { GET: () => text(200, "root") } },
  ];
  server = createServer(serveApi(endpoints, { maxBodyBytes: 100, log })).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.closeAllConnections());

const portOf = (listening: Server) => (listening.address() as AddressInfo).port;

/** What the API answers; a redirection is not followed. */
async function ask(method: string, url: string, more: Pick<RequestInit, "headers" | "body"> = {}) {
  const response = await fetch(`http://127.0.0.1:${portOf(server)}${url}`, { method, redirect: "manual", ...more });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** The status line, the headers and the body that come back for raw bytes. */
async function exchange(request: string): Promise<string> {
  const socket = connect(portOf(server), "127.0.0.1").setEncoding("utf8");
  socket.end(request.replaceAll("\n", "\r\n"));
  let received = "";
  for await (const chunk of socket) received += chunk as string;
  return received;
}

describe("the HTTP API", () => {
  const answers = [
    { name: "an unknown path is an empty 404", ask: ["GET", "/v1/nope"], status: 404, body: "" },
    { name: "a slash too many is another path", ask: ["GET", "/v1/list/"], status: 404, body: "" },
    {
      name: "a path that ends in a slash takes what is under it",
      ask: ["GET", "/v1/item/a/b%2Fc"],
      status: 200,
      body: '["/v1/item/a/b/c","a/b/c"]',
    },
    { name: "a longer path comes first", ask: ["GET", "/v1/item/named"], status: 200, body: "named" },
    { name: "nothing under the root is the root", ask: ["GET", "/other"], status: 404, body: "" },
    { name: "the root answers for itself", ask: ["GET", "/"], status: 200, body: "root" },
    {
      name: "a malformed escape in the query is an empty 500",
      ask: ["GET", "/v1/list?filter=%zz"],
      status: 500,
      body: "",
    },
    {
      name: "?pretty is indented by four and ends its line",
      ask: ["GET", "/v1/list?pretty"],
      status: 200,
      body: '[\n    "a"\n]\n',
    },
    {
      name: "a wrong method is told the right ones",
      ask: ["POST", "/v1/item/x"],
      status: 405,
      body: "method POST not allowed",
    },
    {
      name: "a method that nobody has is refused too",
      ask: ["PATCH", "/v1/list"],
      status: 405,
      body: "method PATCH not allowed",
    },
    { name: "OPTIONS is answered everywhere", ask: ["OPTIONS", "/v1/list"], status: 200, body: "" },
  ] as const;
  for (const {
    name,
    ask: [method, url],
    status,
    body,
  } of answers) {
    test(name, async () => expect(await ask(method, url)).toMatchObject({ status, body }));
  }

  test.each([
    ["?ns=team", {}, 'Bad request: Invalid query parameter: "ns" - Namespaces are a Consul Enterprise feature'],
    [
      "",
      { "X-Consul-Namespace": "team" },
      'Bad request: Invalid header: "X-Consul-Namespace" - Namespaces are a Consul Enterprise feature',
    ],
  ])("a namespace is refused, rather than answered with what belongs to all: %s %j", async (query, headers, body) => {
    const answer = await ask("GET", `/v1/list${query}`, { headers });
    expect([answer.status, answer.body]).toEqual([400, body]);
    expect((await ask("GET", "/v1/list?ns=default")).status).toBe(200);
  });

  test("Allow names the methods in the endpoint's order", async () => {
    const refused = await ask("PUT", "/v1/item/x");
    expect(refused.headers.get("allow")).toBe("OPTIONS,GET,DELETE");
  });

  test("whoever forgets the slash at the end is sent to it", async () => {
    const answer = await ask("GET", "/v1/item?a=b");
    expect([answer.status, answer.headers.get("location")]).toEqual([301, "/v1/item/?a=b"]);
  });

  test("header names keep the case in which scripts look for them", async () => {
    const answer = await exchange("GET /v1/list HTTP/1.1\nHost: x\nConnection: close\n\n");
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nX-Consul-Index: 7\r\nContent-Type: application\/json\r\n/);
  });

  test("HEAD is a wrong method, and has no body", async () => {
    const answer = await exchange("HEAD /v1/list HTTP/1.1\nHost: x\nConnection: close\n\n");
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer).toMatch(/Allow: OPTIONS,GET\r\n/);
    expect(answer.endsWith("\r\n\r\n")).toBe(true);
  });

  test.each([
    [undefined],
    ["application/json"],
    ["application/x-www-form-urlencoded"],
    ["text/plain"],
    ["no/such; type"],
  ])("a body is a body with Content-Type %s", async (type) => {
    const header = type === undefined ? "" : `Content-Type: ${type}\n`;
    const request = `PUT /v1/echo HTTP/1.1\nHost: x\n${header}Content-Length: 5\nConnection: close\n\n{"a"}`;
    expect(await exchange(request)).toMatch(/200 OK[\s\S]*"\{\\"a\\"\}"$/);
  });

  test("a body that is too long is refused before it is read", async () => {
    const answer = await ask("PUT", "/v1/echo", { body: "x".repeat(101) });
    expect(answer.status).toBe(413);
  });

  test("a body without a length is refused once it is too long", async () => {
    const part = `50\n${"x".repeat(80)}`;
    const answer = await exchange(
      `PUT /v1/echo HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n${part}\n${part}\n0\n\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("a malformed escape in the path is a bad request", async () => {
    const answer = await exchange("GET /v1/item/%zz HTTP/1.1\nHost: x\nConnection: close\n\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  const failed = [
    ["refused", 500, "Must provide node", undefined],
    ["bad", 400, "Bad request: no good", undefined],
    ["unread", 500, "No cluster leader", /bucket catalog has not been read/],
    ["down", 500, "No cluster leader", /no service answers on causeway\.dc1\.catalog\.register/],
    ["unsent", 500, "No cluster leader", /no answer on/],
    ["late", 500, LATE, /no answer on .* may have been carried out/],
    [
      "far",
      500,
      "No path to datacenter: dc1, the primary one, where this is written; is the link to it up?",
      /no path to the datacenter dc1/,
    ],
    ["broken", 500, "a bug", /a bug/],
  ] as const;
  for (const [kind, status, body, problem] of failed) {
    test(`what is ${kind} is told the client, and the log when an operator must act`, async () => {
      logged.length = 0;
      const answer = await ask("GET", `/v1/fail/${kind}`);
      expect([answer.status, answer.body]).toEqual([status, body]);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      if (problem === undefined) expect(logged).toEqual([]);
      else expect(JSON.stringify(logged[0]?.facts)).toMatch(problem);
    });
  }

  test("a client that goes away ends what was waiting for it", async () => {
    const socket = connect(portOf(server), "127.0.0.1");
    socket.write("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
    const client = await waiting.promise;
    expect(client.gone).toBe(false);
    const gone = new Promise<void>((resolve) => client.whenGone(resolve));
    socket.destroy();
    await gone;
    expect(client.gone).toBe(true);
  });
});
