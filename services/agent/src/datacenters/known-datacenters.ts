import type { Bus } from "@causeway/bus";
import type { Logger } from "@causeway/runtime";
import type { Source } from "../source.ts";
import type { FederationView } from "../views/federation-view.ts";

/** What tells of other datacenters. */
export type KnownDatacentersOptions = {
  readonly bus: Pick<Bus, "datacenter" | "primaryDatacenter" | "paths">;
  readonly federation: Source<FederationView>;
  readonly log: Pick<Logger, "info" | "warn">;
};

/**
 * The datacenters that this agent knows of: its own, the primary one, those that have published how they are reached, and those whose
 * heartbeats it has heard.
 */
export class KnownDatacenters {
  readonly #bus: KnownDatacentersOptions["bus"];
  readonly #federation: Source<FederationView>;
  readonly #heard = new Set<string>();

  constructor({ bus, federation, log }: KnownDatacentersOptions) {
    this.#bus = bus;
    this.#federation = federation;
    bus.paths.onChange((datacenter, state) => {
      if (state === "open") {
        this.#heard.add(datacenter);
        log.info({ datacenter }, "datacenter can be reached");
      } else if (this.#heard.has(datacenter)) {
        log.warn({ datacenter }, "datacenter has fallen silent: is the link between the NATS servers up?");
      }
    });
  }

  /** This agent's own first, the others by name. */
  names(): readonly string[] {
    const { datacenter, primaryDatacenter } = this.#bus;
    const published = this.#federation.view.states().map(({ Datacenter }) => Datacenter);
    const others = new Set([primaryDatacenter, ...published, ...this.#heard]);
    others.delete(datacenter);
    return [datacenter, ...[...others].sort()];
  }
}
