import type { ConnectionRecord, FileError, OpenConnection } from "@causeway/proxy";
import { eventually } from "@causeway/testkit";
import { IN_DATACENTER_MS } from "./limits.ts";

type EndpointReport = { readonly address: string; readonly port: number; readonly healthy: boolean };

/** What /debug/routes tells, as far as tests look at it. */
export type RoutesPage = {
  readonly listeners: readonly { readonly name: string; readonly port: number; readonly bound: boolean }[];
  readonly routes: readonly {
    readonly name: string;
    readonly serverName?: string;
    readonly endpoints: readonly EndpointReport[];
    /** What stands in for it. */
    readonly failover?: readonly { readonly name: string; readonly endpoints: readonly EndpointReport[] }[];
  }[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly fileErrors: readonly FileError[];
};

/** A leaf as /debug/leaves tells it. */
export type LeafReport = {
  readonly service: string;
  readonly serial?: string;
  readonly rootId?: string;
  /** Why the last attempt to get it was in vain. */
  readonly problem?: string;
};

/** A sample of the counter of ended connections: its outcome, and how many. */
const ENDED = /^causeway_connections_ended_total\{.*outcome="([^"]*)".*\} (\d+)$/gm;

/** A series of a metric. */
export type Series = { readonly name: string; readonly labels: Readonly<Record<string, string>> };

/** A sample in Prometheus' text format, and a label of one. */
const SERIES = /^([a-z_]+)(?:\{(.*)\})? \S+$/gm;
const LABEL = /([a-z_]+)="([^"]*)"/g;

/** A proxy's admin port. */
export class Admin {
  readonly #address: () => string;

  /** @param address `host:port`; asked for each time, since a proxy that starts again has another. */
  constructor(address: () => string) {
    this.#address = address;
  }

  routes(): Promise<RoutesPage> {
    return this.#page("routes");
  }

  /** The last connections that were turned away or cut off, the latest first. */
  refusals(): Promise<readonly ConnectionRecord[]> {
    return this.#page("refusals");
  }

  connections(): Promise<readonly OpenConnection[]> {
    return this.#page("connections");
  }

  leaves(): Promise<readonly LeafReport[]> {
    return this.#page("leaves");
  }

  /** How many connections have ended with this outcome. */
  async ended(outcome: ConnectionRecord["outcome"]): Promise<number> {
    const samples = (await this.#text("/metrics")).matchAll(ENDED);
    return [...samples].reduce((sum, [, code, count]) => (code === outcome ? sum + Number(count) : sum), 0);
  }

  /** The latest refusal for which `matches` holds, as soon as there is one. */
  refusal(matches: (record: ConnectionRecord) => boolean): Promise<ConnectionRecord> {
    return eventually(
      async () => {
        const refusals = await this.refusals();
        const found = refusals.find(matches);
        if (found === undefined) throw new Error(`no such refusal among ${JSON.stringify(refusals.slice(0, 5))}`);
        return found;
      },
      { timeoutMs: IN_DATACENTER_MS },
    );
  }

  /** All series of its metrics, each with its labels; `le` is that of a histogram's bucket. */
  async series(): Promise<readonly Series[]> {
    return [...(await this.#text("/metrics")).matchAll(SERIES)].map(([, name = "", labels = ""]) => {
      const pairs = [...labels.matchAll(LABEL)].map(([, label = "", value = ""]) => [label, value] as const);
      return { name, labels: Object.fromEntries(pairs) };
    });
  }

  async #page<T>(name: string): Promise<T> {
    return JSON.parse(await this.#text(`/debug/${name}`)) as T;
  }

  async #text(path: string): Promise<string> {
    const response = await fetch(`http://${this.#address()}${path}`);
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
    return response.text();
  }
}
