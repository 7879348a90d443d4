import { EventEmitter, once } from "node:events";
import type {
  Endpoint,
  HttpProtocol,
  Inbound,
  Listener,
  Outbound,
  Route,
  RouteTable,
  RouteTarget,
} from "@causeway/routes";
import { beforeAll, describe } from "vitest";
import type { Engine } from "../src/bound-listeners.ts";
import { type ConnectionRecord, type DataPlane, type Identities, type ProxyOptions, startProxy } from "../src/index.ts";

/** A log line that a proxy wrote. */
export type Line = {
  readonly level: "debug" | "info" | "warn";
  readonly message: string;
  readonly fields: Record<string, unknown>;
};

/** A proxy under test, with what it wrote down. */
export type ProxyUnderTest = AsyncDisposable & {
  readonly proxy: DataPlane;
  readonly lines: readonly Line[];
  readonly records: readonly ConnectionRecord[];
  readonly dials: readonly { readonly destination: string; readonly outcome: string }[];
  /** The next record after those that were asked for before. */
  nextRecord(): Promise<ConnectionRecord>;
  /** The port of the listener with this name. */
  port(listener?: string): number;
};

// Tests of a file run one after the other.
let engine: Engine = "stream";

/** Has a suite pass for each engine; proxies that are started in it have that engine. */
export function onEachEngine(suite: (engine: Engine) => void): void {
  for (const each of ["stream", "splice"] as const) {
    describe(`by ${each}`, () => {
      beforeAll(() => {
        engine = each;
      });
      suite(each);
    });
  }
}

const NOBODY: Identities = {
  leaf: () => undefined,
  roots: () => ({ trustDomain: "none.consul", certificatesPem: [], version: 0 }),
};

/** Starts a proxy with this table; `await using` closes it. */
export async function startTestProxy(table: RouteTable, options: Partial<ProxyOptions> = {}): Promise<ProxyUnderTest> {
  const lines: Line[] = [];
  const records: ConnectionRecord[] = [];
  const dials: { destination: string; outcome: string }[] = [];
  const events = new EventEmitter();
  let asked = 0;
  const write = (level: Line["level"]) => (fields: object, message: string) => {
    lines.push({ level, message, fields: fields as Record<string, unknown> });
  };
  const proxy = startProxy({
    identities: NOBODY,
    log: { debug: write("debug"), info: write("info"), warn: write("warn") },
    metrics: {
      opened() {},
      closed(record) {
        records.push(record);
        events.emit("record");
      },
      dialed: (destination, outcome) => dials.push({ destination, outcome }),
    },
    engine,
    ...options,
  });
  const { failed } = await proxy.swap(table);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return {
    proxy,
    lines,
    records,
    dials,
    async nextRecord() {
      const wanted = asked++;
      while (records[wanted] === undefined) await once(events, "record");
      return records[wanted] as ConnectionRecord;
    },
    port: (listener = "public") => proxy.boundPort(listener) ?? 0,
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}

/** A table with one listener. */
export function tableOf(...listeners: readonly Listener[]): RouteTable {
  return { listeners, unavailable: [] };
}

/** A listener of which every connection takes the one route. */
export function directListener(route: Route, name = "public"): Listener {
  return { name, address: "127.0.0.1", port: 0, match: { by: "listener", route } };
}

/** A listener whose connections say by server name where they want to go. */
export function sniListener(routes: Readonly<Record<string, Route>>, name = "public"): Listener {
  return { name, address: "127.0.0.1", port: 0, match: { by: "sni", routes: new Map(Object.entries(routes)) } };
}

/** So long that only an endpoint that never answers is given up. */
const CONNECT_TIMEOUT_MS = 30_000;

/** What of a route a test cares about. */
export type RouteOptions = {
  readonly name?: string;
  readonly inbound?: Inbound;
  readonly protocol?: HttpProtocol;
  readonly outbound?: Outbound;
  readonly connectTimeoutMs?: number;
  readonly stale?: boolean;
  readonly failover?: readonly RouteTarget[];
};

/** A route to these endpoints, plain on both sides unless told. */
export function routeTo(endpoints: readonly Endpoint[], options: RouteOptions = {}): Route {
  return {
    name: "db",
    inbound: { kind: "plain" },
    outbound: { kind: "plain" },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    ...options,
    endpoints,
  };
}

/** A target that stands in for a route's own, reached in plain unless told. */
export function standIn(
  name: string,
  endpoints: readonly Endpoint[],
  options: Partial<Omit<RouteTarget, "name" | "endpoints">> = {},
): RouteTarget {
  return { outbound: { kind: "plain" }, connectTimeoutMs: CONNECT_TIMEOUT_MS, ...options, name, endpoints };
}

/** A healthy endpoint on this machine. */
export function endpointAt(port: number, options: Partial<Endpoint> = {}): Endpoint {
  return {
    address: "127.0.0.1",
    port,
    weight: 1,
    healthy: true,
    node: "node",
    instance: `instance-${port}`,
    ...options,
  };
}
