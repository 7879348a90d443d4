/** The slots of one gateway. */
type GatewaySlots = {
  /** What the rows in the bucket say, by service. */
  readonly rows: Map<string, number>;
  /** Whose a slot is: of two services whose rows claim it, the one whose row was written first. */
  readonly holders: Map<number, string>;
  /** Given to services whose rows are still to be written. */
  readonly reserved: Map<string, number>;
  /** Below it no slot is free. */
  floor: number;
};

/**
 * The slots of the services that terminating gateways are linked to: small numbers, of which no two services of a gateway have the same,
 * and which stay with a service while its link lasts, whatever is linked or unlinked beside it.
 *
 * They are kept in the rows themselves, and so outlast this process. Replicas that link two services at the same moment may give both the
 * same slot: the row that was written first keeps it, on which all replicas agree, and the other is told to be written again.
 */
export class Slots {
  readonly #gateways = new Map<string, GatewaySlots>();

  /** Takes in the row of a link as it is in the bucket now, undefined for none; gives whether it must be written with another slot. */
  apply(gateway: string, service: string, slot: number | undefined): boolean {
    const slots = this.#slotsOf(gateway);
    const before = slots.rows.get(service);
    slots.reserved.delete(service);
    if (before !== undefined && before !== slot && slots.holders.get(before) === service) free(slots, before);
    if (slot === undefined) {
      slots.rows.delete(service);
      this.#forget(gateway);
      return false;
    }
    slots.rows.set(service, slot);
    return !claim(slots, service, slot);
  }

  /** The slot that a link is to be written with: `present` where that is its own, else the lowest that is free. */
  choose(gateway: string, service: string, present: number | undefined): number {
    const slots = this.#slotsOf(gateway);
    const { rows, holders, reserved } = slots;
    if (present !== undefined && rows.get(service) === present && claim(slots, service, present)) return present;
    // A row may be newer than what has arrived of it.
    const own = [present, reserved.get(service)].find((slot) => slot !== undefined && !holders.has(slot));
    const slot = own ?? lowestFree(slots);
    reserved.set(service, slot);
    return slot;
  }

  /** Forgets what was chosen for a link that is not to be written after all. */
  release(gateway: string, service: string): void {
    this.#gateways.get(gateway)?.reserved.delete(service);
    this.#forget(gateway);
  }

  #slotsOf(gateway: string): GatewaySlots {
    const known = this.#gateways.get(gateway);
    if (known !== undefined) return known;
    const slots: GatewaySlots = { rows: new Map(), holders: new Map(), reserved: new Map(), floor: 0 };
    this.#gateways.set(gateway, slots);
    return slots;
  }

  #forget(gateway: string): void {
    const slots = this.#gateways.get(gateway);
    if (slots?.rows.size === 0 && slots.reserved.size === 0) this.#gateways.delete(gateway);
  }
}

/** Makes a slot the service's, unless it is another's. */
function claim(slots: GatewaySlots, service: string, slot: number): boolean {
  const holder = slots.holders.get(slot);
  if (holder !== undefined) return holder === service;
  slots.holders.set(slot, service);
  while (slots.holders.has(slots.floor)) slots.floor++;
  return true;
}

function lowestFree({ holders, reserved, floor }: GatewaySlots): number {
  const taken = new Set(reserved.values());
  let slot = floor;
  while (holders.has(slot) || taken.has(slot)) slot++;
  return slot;
}

function free(slots: GatewaySlots, slot: number): void {
  slots.holders.delete(slot);
  slots.floor = Math.min(slots.floor, slot);
}
