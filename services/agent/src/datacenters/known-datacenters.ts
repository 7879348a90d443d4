import type { Bus, BusLog } from "@causeway/bus";
import type { FederationState } from "@causeway/model";

/** What tells of other datacenters. */
export type KnownDatacentersOptions = {
  readonly bus: Pick<Bus, "datacenter" | "primaryDatacenter"> & { readonly paths: Pick<Bus["paths"], "onChange"> };
  readonly federation: { readonly view: { states(): readonly Pick<FederationState, "Datacenter">[] } };
  readonly log: BusLog;
};

/**
 * The datacenters that this agent knows of: its own, the primary one, those that have published how they are reached, and those that it
 * hears.
 */
export class KnownDatacenters {
  readonly #bus: KnownDatacentersOptions["bus"];
  readonly #federation: KnownDatacentersOptions["federation"];
  readonly #heard = new Set<string>();

  constructor({ bus, federation, log }: KnownDatacentersOptions) {
    this.#bus = bus;
    this.#federation = federation;
    bus.paths.onChange((datacenter, state) => {
      if (state === "open") {
        this.#heard.add(datacenter);
        log.info({ datacenter }, "datacenter can be reached");
      } else if (this.#heard.delete(datacenter)) {
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
