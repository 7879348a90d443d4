import { Type } from "@causeway/model";
import { type Leaf, type Roots, startProxy } from "@causeway/proxy";
import type { RouteTable } from "@causeway/routes";
import { runService } from "@causeway/runtime";
import { addDebugPages } from "../debug-pages.ts";
import { ProxyConfig } from "../proxy-config.ts";
import { countConnections } from "../proxy-metrics.ts";

/** What a proxy serves and can prove; sent by its parent process, with the serialization "advanced", which keeps maps. */
export type Told = {
  readonly table: RouteTable;
  /** By service. */
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly roots: Roots;
};

/** What it answers when the table is in use: the port of each listener, by name. */
export type Bound = ReadonlyMap<string, number | undefined>;

const Config = Type.Object({
  engine: ProxyConfig.properties.engine,
  helloTimeoutMs: Type.Integer({ minimum: 1, default: 3_000, description: "Longest wait for a whole ClientHello." }),
  maxConnections: Type.Integer({ minimum: 1, default: 1_000, description: "Connections open at the same time." }),
});

// A gateway as a process, with its log, spans, metrics and admin port, that is told by its parent what others read of the bus.
await runService({
  name: "told-proxy",
  config: Config,
  async start({ config: { engine, helloTimeoutMs, maxConnections }, log, clock, metrics, admin }) {
    let told: Pick<Told, "leaves" | "roots"> = {
      leaves: new Map(),
      roots: { trustDomain: "", certificatesPem: [], version: "" },
    };
    const identities = { leaf: (service: string) => told.leaves.get(service), roots: () => told.roots };
    const limits = { helloTimeoutMs, maxConnections };
    const proxy = startProxy({ identities, log, clock, metrics: countConnections(metrics), engine, limits });
    const knowledge = { leafReports: () => [], rootReports: () => [], sourceReports: () => [] };
    const gateway = {
      get table() {
        return proxy.table();
      },
    };
    addDebugPages(admin, { proxy, knowledge, gateway });
    process.on("message", async (next: Told) => {
      told = next;
      await proxy.swap(next.table);
      const bound: Bound = new Map(next.table.listeners.map(({ name }) => [name, proxy.boundPort(name)]));
      process.send?.(bound);
    });
    return { stop: () => proxy.close() };
  },
});
