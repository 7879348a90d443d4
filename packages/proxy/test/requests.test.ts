import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { HttpProtocol, Route } from "@causeway/routes";
import { eventually } from "@causeway/testkit";
import { expect, test } from "vitest";
import { endpointAt, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of HTTP/1.1; `await using` ends it. */
async function serveHttp1(handle: Handler) {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A listener that leads requests on by their host. */
function hostListener(routes: Readonly<Record<string, Route>>, protocol: HttpProtocol = "http") {
  const match = { by: "host", inbound: { kind: "plain" }, protocol, routes: new Map(Object.entries(routes)) } as const;
  return { name: "public", address: "127.0.0.1", port: 0, match };
}

const serviceAt = (port: number, protocol: HttpProtocol = "http"): Route => routeTo([endpointAt(port)], { protocol });

type Asking = { readonly port: number; readonly host: string; readonly method?: string; readonly path?: string; readonly headers?: Record<string, string>; readonly body?: string };

/** Asks by HTTP/1.1, with a connection of its own. */
async function ask({ port, host, method = "GET", path = "/", headers = {}, body }: Asking) {
  const asked = request({ host: "127.0.0.1", port, method, path, headers: { host, ...headers }, agent: false }).end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, trailers: response.trailers, text: Buffer.concat(chunks).toString() };
}

test("leads a request on by its host, and says for whom", async () => {
  await using one = await serveHttp1(({ headers, url }, response) => response.end(JSON.stringify({ headers, url })));
  await using two = await serveHttp1((_, response) => response.end("two"));
  const table = tableOf(hostListener({ "one.ingress.*": serviceAt(one.port), "two.example.com": serviceAt(two.port) }));
  await using under = await startTestProxy(table);
  const port = under.port();

  const first = await ask({ port, host: "one.ingress.consul:9999", path: "/a?b=c", headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } });
  expect(first.status).toBe(200);
  const { headers, url } = JSON.parse(first.text);
  expect(url).toBe("/a?b=c");
  expect(headers).toMatchObject({ host: "one.ingress.consul:9999", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", traceparent: expect.stringMatching(/^00/) });
  expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);

  expect((await ask({ port, host: "two.example.com" })).text).toBe("two");
  expect(await ask({ port, host: "three.example.com" })).toMatchObject({ status: 404, text: "" });
  await eventually(() => expect(under.lines.filter(({ message }) => message.startsWith("request")).map(({ message, fields }) => [message, fields["status"], fields["code"]])).toEqual([
    ["request answered", 200, undefined],
    ["request answered", 200, undefined],
    ["request not answered", 404, "NO_HOST"],
  ]));
});

void connect;
