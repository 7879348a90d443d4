import { readFile } from "node:fs/promises";
import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { type Endpoint, type Handler, METHODS, type Method, STAYING_CLIENT } from "../http/endpoint.ts";
import { endpointFinder } from "../http/find-endpoint.ts";
import { SharedReadings } from "../http/shared-readings.ts";
import { Topics } from "../views/topics.ts";
import { endpointsOf } from "./index.ts";

type State = "served" | "empty" | "501" | "404";
type Row = { readonly path: string; readonly method: Method; readonly state: State };

/** What docs/http-api.md says of each path and method, in its order. */
async function documented(): Promise<readonly Row[]> {
  const page = await readFile(new URL("../../../../docs/http-api.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (`\/.*?) \| ([A-Z, ]+) \| (.*) \|$/gm)];
  return rows.flatMap(([, paths = "", methods = "", text = ""]) =>
    [...paths.matchAll(/`(.*?)`/g)].flatMap(([, path = ""]) =>
      methods.split(", ").map((method) => ({ path, method: methodOf(method), state: stateOf(text) })),
    ),
  );
}

function methodOf(name: string): Method {
  const method = METHODS.find((known) => known === name);
  if (method === undefined) throw new Error(`docs/http-api.md has the method ${name}, which the API does not use`);
  return method;
}

function stateOf(text: string): State {
  const [, absent] = /^(empty|501|404): /.exec(text) ?? [];
  if (absent === "empty" || absent === "501" || absent === "404") return absent;
  if (/^(as in Consul$|differs: |not Consul's: |later Consul: )/.test(text)) return "served";
  throw new Error(`docs/http-api.md has an unknown state: ${text}`);
}

/** Every endpoint of an agent that knows nothing: those that serve something fail for want of it. */
function endpoints(acls: "on" | "off"): readonly Endpoint[] {
  const nothing = { current: true, view: { topics: new Topics() }, shared: new SharedReadings() };
  const agent = {
    config: { datacenter: "dc1", nodeName: "node", natsUrl: "nats://127.0.0.1:4222" },
    clock: new FakeClock(),
    bus: { datacenter: "dc1", connection: { subscribe: () => undefined } },
    catalog: nothing,
    local: { services: { onChange: () => undefined } },
    acl: acls === "on" ? { source: nothing, require: () => undefined } : undefined,
  };
  return endpointsOf(agent as unknown as Parameters<typeof endpointsOf>[0]);
}

/** Lists of what an agent hears while it runs. */
const FILLS: readonly string[] = ["/v1/event/list"];

/** What a handler does, seen from what it answers when there is nothing that it could tell. */
async function stateIn(path: string, method: Method, handler: Handler): Promise<State> {
  const rest = path.endsWith("/") ? "name" : "";
  const request = { method, path, rest, query: new URLSearchParams(), headers: {}, body: "{}", client: STAYING_CLIENT };
  try {
    const { status, body } = await handler(request);
    if (status === 501) return "501";
    const list = status === 200 && body.kind === "json" && Array.isArray(body.value) ? body.value : undefined;
    return list?.length === 0 && !FILLS.includes(path) ? "empty" : "served";
  } catch {
    return "served";
  }
}

function routesOf({ path, methods }: Endpoint): readonly (readonly [string, Method, Handler])[] {
  return METHODS.flatMap((method) => {
    const handler = methods[method];
    return handler === undefined ? [] : [[path, method, handler] as const];
  });
}

function line({ path, method }: Pick<Row, "path" | "method">): string {
  return `${method} ${path}`;
}

test("docs/http-api.md has the state of every endpoint", async () => {
  const routes = endpoints("on").flatMap(routesOf);
  const actual = await Promise.all(
    routes.map(
      async ([path, method, handler]) => [line({ path, method }), await stateIn(path, method, handler)] as const,
    ),
  );
  const said = (await documented()).filter(({ state }) => state !== "404");
  expect(Object.fromEntries(said.map((row) => [line(row), row.state]))).toEqual(Object.fromEntries(actual));
});

test("what answers 404 is nowhere", async () => {
  const absent = (await documented()).filter(({ state }) => state === "404");
  expect(absent.length).toBeGreaterThan(0);
  expect(absent.filter(({ path }) => endpointFinder(endpoints("on"))(path) !== undefined)).toEqual([]);
});

test("no path and method stands there twice", async () => {
  const lines = (await documented()).map(line);
  expect(lines.filter((one, at) => lines.indexOf(one) !== at)).toEqual([]);
});

test("the same endpoints are there without ACLs", () => {
  const lines = (acls: "on" | "off") =>
    endpoints(acls)
      .flatMap(routesOf)
      .map(([path, method]) => line({ path, method }))
      .sort();
  expect(lines("off")).toEqual(lines("on"));
});
