import { once } from "node:events";
import {
  createServer as createHttp1,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect, createServer as createHttp2, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { HttpProtocol, Listener, Route } from "@causeway/routes";
import { endpointAt, routeTo } from "./proxy.fixture.ts";

/** A service that listens; `await using` ends it, and all of its connections. */
export type TestService<S> = AsyncDisposable & { readonly server: S; readonly port: number };

/** Starts a service of HTTP/1.1. */
export async function startHttp1(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestService<Server>> {
  const server = createHttp1(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const end = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { server, port, [Symbol.asyncDispose]: end };
}

/** Starts a service of HTTP/2 whose clients know that it is one. */
export async function startHttp2(prepare: (server: Http2Server) => void): Promise<TestService<Http2Server>> {
  const server = createHttp2();
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  prepare(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const end = async () => {
    server.close();
    for (const session of sessions) session.destroy();
  };
  return { server, port, [Symbol.asyncDispose]: end };
}

/** A listener that leads requests on by their host. */
export function hostListener(routes: Readonly<Record<string, Route>>, protocol: HttpProtocol = "http"): Listener {
  const match = { by: "host", inbound: { kind: "plain" }, protocol, routes: new Map(Object.entries(routes)) } as const;
  return { name: "public", address: "127.0.0.1", port: 0, match };
}

/** A route to a service that listens on a port of this machine. */
export function serviceAt(port: number, protocol: HttpProtocol = "http"): Route {
  return routeTo([endpointAt(port)], { protocol });
}

/** What is asked of whom. */
export type Asking = {
  readonly port: number;
  readonly host: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Asks by HTTP/1.1, over a connection of its own. */
export async function ask({ port, host, method = "GET", path = "/", headers = {}, body }: Asking) {
  const all = { host, ...headers };
  const asked = request({ host: "127.0.0.1", port, method, path, headers: all, agent: false }).end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const { statusCode: status, headers: fields, trailers } = response;
  return { status, fields, text: await text(response), trailers, trailersAfter: response.trailers };
}

/** Asks by HTTP/2, over a connection of its own; trailers are sent after the body where there are some. */
export async function askHttp2({ port, host, method = "POST", path = "/", headers = {}, body = "" }: Asking) {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({ ":method": method, ":path": path, ":authority": host, ...headers });
    stream.end(body);
    let trailers: Readonly<Record<string, unknown>> = {};
    stream.on("trailers", (sent) => {
      trailers = { ...sent };
    });
    const [fields, flags] = (await once(stream, "response")) as [Readonly<Record<string, unknown>>, number];
    return { status: fields[":status"], fields, last: (flags & 1) === 1, text: await text(stream), trailers };
  } finally {
    session.destroy();
  }
}
