import { isDeepStrictEqual } from "node:util";
import type { ConnectRecord, InstanceRecord, TerminatingGatewayEntry } from "@causeway/model";
import { connectRow, type GatewayLink, gatewayLink, isTypical, type Offer, offerOf } from "./link-rules.ts";

/** The names in a derived row's key. */
export type Row =
  | { readonly kind: "gateway-service"; readonly names: readonly [gateway: string, service: string] }
  | { readonly kind: "connect"; readonly names: readonly [destination: string, provider: string] };

/** What an instance counts for. */
type Share = { readonly service: string; readonly typical: boolean; readonly offer: Offer | undefined };

/**
 * Which derived rows there must be, from the terminating gateways' entries and the instances as they are now.
 *
 * Each change gives the rows that it may concern, and no others: a registration touches a few, however large the catalog is; an entry
 * touches the rows of its gateway. The order of changes leaves no trace.
 */
export class Links {
  readonly #entries = new Map<string, TerminatingGatewayEntry>();
  readonly #shares = new Map<string, Share>();
  /** How many typical instances each service has. */
  readonly #typical = new Map<string, number>();
  /** By destination and provider, how many instances take its connections. */
  readonly #offers = new Map<string, Map<string, { sidecars: number; natives: number }>>();

  /** Puts a gateway's entry in place of the one before, undefined for none; gives the rows that this may change. */
  setEntry(gateway: string, entry: TerminatingGatewayEntry | undefined): readonly Row[] {
    const before = this.#entries.get(gateway);
    if (entry === undefined) this.#entries.delete(gateway);
    else this.#entries.set(gateway, entry);
    const services = new Set([...this.#mentioned(before), ...this.#mentioned(entry)]);
    return [...services].flatMap((service) => linkRows(gateway, service));
  }

  /** Puts an instance in place of the one before it under the same key, undefined for none; gives the rows that this may change. */
  setInstance(key: string, instance: InstanceRecord | undefined): readonly Row[] {
    const before = this.#shares.get(key);
    const after = instance === undefined ? undefined : shareOf(instance);
    if (isDeepStrictEqual(before, after)) return [];
    if (after === undefined) this.#shares.delete(key);
    else this.#shares.set(key, after);
    return [...this.#count(before, -1), ...this.#count(after, +1)];
  }

  /** Every row that there must be. */
  rows(): readonly Row[] {
    const links = [...this.#entries].flatMap(([gateway, entry]) =>
      [...this.#mentioned(entry)].flatMap((service) => linkRows(gateway, service)),
    );
    const offers = [...this.#offers].flatMap(([destination, providers]) =>
      [...providers.keys()].map((provider) => connect(destination, provider)),
    );
    return [...links, ...offers].filter((row) => this.wanted(row) !== undefined);
  }

  /** What a row must hold, or undefined when it must not be. */
  wanted(row: Row): GatewayLink | ConnectRecord | undefined {
    if (row.kind === "gateway-service") return this.#link(...row.names);
    const [destination, provider] = row.names;
    const counted = this.#offers.get(destination)?.get(provider) ?? { sidecars: 0, natives: 0 };
    return connectRow(destination, provider, { linked: this.#link(provider, destination) !== undefined, ...counted });
  }

  #link(gateway: string, service: string): GatewayLink | undefined {
    return gatewayLink(this.#entries.get(gateway), service, this.#typical.has(service));
  }

  /** The services that an entry may link: those that it names, and with a wildcard all typical ones. */
  #mentioned(entry: TerminatingGatewayEntry | undefined): ReadonlySet<string> {
    const named = (entry?.Services ?? []).map(({ Name }) => Name);
    return new Set(named.includes("*") ? [...named, ...this.#typical.keys()] : named);
  }

  #count(share: Share | undefined, step: 1 | -1): readonly Row[] {
    if (share === undefined) return [];
    const rows: Row[] = [];
    if (share.typical) {
      const count = (this.#typical.get(share.service) ?? 0) + step;
      if (count === 0) this.#typical.delete(share.service);
      else this.#typical.set(share.service, count);
      const crossed = count === 0 || (count === 1 && step === 1);
      if (crossed) for (const gateway of this.#entries.keys()) rows.push(...linkRows(gateway, share.service));
    }
    if (share.offer !== undefined) rows.push(this.#countOffer(share.offer, step));
    return rows;
  }

  #countOffer({ destination, provider, kind }: Offer, step: 1 | -1): Row {
    const providers = this.#offers.get(destination) ?? new Map<string, { sidecars: number; natives: number }>();
    const counted = providers.get(provider) ?? { sidecars: 0, natives: 0 };
    if (kind === "native") counted.natives += step;
    else counted.sidecars += step;
    if (counted.natives + counted.sidecars === 0) providers.delete(provider);
    else providers.set(provider, counted);
    if (providers.size === 0) this.#offers.delete(destination);
    else this.#offers.set(destination, providers);
    return connect(destination, provider);
  }
}

function shareOf(instance: InstanceRecord): Share {
  return { service: instance.Service.Service, typical: isTypical(instance), offer: offerOf(instance) };
}

function linkRows(gateway: string, service: string): readonly Row[] {
  if (service === "*") return [];
  return [{ kind: "gateway-service", names: [gateway, service] }, connect(service, gateway)];
}

function connect(destination: string, provider: string): Row {
  return { kind: "connect", names: [destination, provider] };
}
