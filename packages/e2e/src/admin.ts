import type { ConnectionRecord, FileError, OpenConnection } from "@causeway/proxy";
import { eventually } from "@causeway/testkit";
import { IN_DATACENTER_MS } from "./limits.ts";

/** What /debug/routes tells, as far as tests look at it. */
export type RoutesPage = {
  readonly listeners: readonly { readonly name: string; readonly port: number; readonly bound: boolean }[];
  readonly routes: readonly {
    readonly name: string;
    readonly serverName?: string;
    readonly endpoints: readonly { readonly address: string; readonly port: number; readonly healthy: boolean }[];
  }[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly fileErrors: readonly FileError[];
};

/** A leaf as /debug/leaves tells it. */
export type LeafReport = { readonly service: string; readonly serial?: string; readonly rootId?: string };

/** A proxy's admin port. */
export class Admin {
  readonly #port: () => number;

  /** @param port asked each time, since a proxy that starts again has another. */
  constructor(port: () => number) {
    this.#port = port;
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

  async #page<T>(name: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#port()}/debug/${name}`);
    if (!response.ok) throw new Error(`/debug/${name} was answered with ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
