import { isDeepStrictEqual } from "node:util";
import type { ConnectRecord, InstanceRecord, MeshGatewayRecord } from "@causeway/model";
import {
  connectRow,
  type GatewayEntry,
  type GatewayLink,
  gatewayLinks,
  isMeshGateway,
  isTypical,
  type Offer,
  offerOf,
  servicesIn,
} from "./link-rules.ts";

/** The kinds of rows that are derived. */
const ROW_KINDS = ["gateway-service", "connect", "mesh-gateway"] as const;

/** The key of a derived row: gateway, service and an ingress's port, or destination and provider, or the mesh gateway's service. */
export type Row = { readonly kind: (typeof ROW_KINDS)[number]; readonly names: readonly string[] };

/** The row that has this kind and these names, or undefined for what is registered and not derived. */
export function rowOf(kind: string, names: readonly string[]): Row | undefined {
  const known = ROW_KINDS.find((each) => each === kind);
  return known === undefined ? undefined : { kind: known, names };
}

/** What an instance counts for. */
type Share = {
  readonly service: string;
  readonly typical: boolean;
  readonly meshGateway: boolean;
  readonly offer: Offer | undefined;
};

/**
 * Which derived rows there must be, from the gateways' entries and the instances as they are now.
 *
 * Each change gives the rows that it may concern, and no others: a registration touches a few, however large the catalog is; an entry
 * touches the rows of its gateway. The order of changes leaves no trace.
 */
export class Links {
  /** By kind and name. */
  readonly #entries = new Map<string, GatewayEntry>();
  readonly #shares = new Map<string, Share>();
  /** How many typical instances each service has. */
  readonly #typical = new Map<string, number>();
  /** How many mesh gateways each service has. */
  readonly #meshGateways = new Map<string, number>();
  /** By destination and provider, how many instances take its connections. */
  readonly #offers = new Map<string, Map<string, { sidecars: number; natives: number }>>();

  /** Puts a gateway's entry in place of the one before, undefined for none; gives the rows that this may change. */
  setEntry(kind: GatewayEntry["Kind"], gateway: string, entry: GatewayEntry | undefined): readonly Row[] {
    const key = entryKey(kind, gateway);
    const before = this.#entries.get(key);
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    const services = new Set([before, entry].flatMap((one) => [...this.#mentioned(one)]));
    return [before, entry].flatMap((one) => (one === undefined ? [] : rowsOf(one, services)));
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
    const links = [...this.#entries.values()].flatMap((entry) => rowsOf(entry, this.#mentioned(entry)));
    const offers = [...this.#offers].flatMap(([destination, providers]) =>
      [...providers.keys()].map((provider) => connect(destination, provider)),
    );
    const gateways = [...this.#meshGateways.keys()].map(meshGateway);
    return [...links, ...offers, ...gateways].filter((row) => this.wanted(row) !== undefined);
  }

  /** What a row must hold, or undefined when it must not be. */
  wanted(row: Row): GatewayLink | ConnectRecord | MeshGatewayRecord | undefined {
    const [first = "", second = "", port] = row.names;
    if (row.kind === "gateway-service") {
      const kind = port === undefined ? "terminating-gateway" : "ingress-gateway";
      return this.#links(kind, first, second).find(({ Port }) => port === undefined || String(Port) === port);
    }
    if (row.kind === "mesh-gateway") return this.#meshGateways.has(first) ? { Service: first } : undefined;
    const counted = this.#offers.get(first)?.get(second) ?? { sidecars: 0, natives: 0 };
    const linked = this.#links("terminating-gateway", second, first).length > 0;
    return connectRow(first, second, { linked, ...counted });
  }

  #links(kind: GatewayEntry["Kind"], gateway: string, service: string): readonly GatewayLink[] {
    const entry = this.#entries.get(entryKey(kind, gateway));
    return entry === undefined ? [] : gatewayLinks(entry, service, this.#typical.has(service));
  }

  /** The services that an entry may link: those that it names, and with a wildcard all typical ones. */
  #mentioned(entry: GatewayEntry | undefined): ReadonlySet<string> {
    const named = entry === undefined ? [] : servicesIn(entry);
    return new Set(named.includes("*") ? [...named, ...this.#typical.keys()] : named);
  }

  #count(share: Share | undefined, step: 1 | -1): readonly Row[] {
    if (share === undefined) return [];
    const rows: Row[] = [];
    if (share.typical && crossed(this.#typical, share.service, step)) {
      for (const entry of this.#entries.values()) rows.push(...rowsOf(entry, new Set([share.service])));
    }
    if (share.meshGateway && crossed(this.#meshGateways, share.service, step)) rows.push(meshGateway(share.service));
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
  return {
    service: instance.Service.Service,
    typical: isTypical(instance),
    meshGateway: isMeshGateway(instance),
    offer: offerOf(instance),
  };
}

/** Counts one more or less under a name; gives whether that was the first or the last. */
function crossed(counts: Map<string, number>, name: string, step: 1 | -1): boolean {
  const count = (counts.get(name) ?? 0) + step;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
  return count === 0 || (count === 1 && step === 1);
}

function entryKey(kind: GatewayEntry["Kind"], gateway: string): string {
  return `${kind} ${gateway}`;
}

/** The rows that an entry may have for some services. */
function rowsOf(entry: GatewayEntry, services: ReadonlySet<string>): readonly Row[] {
  return [...services]
    .filter((service) => service !== "*")
    .flatMap((service): readonly Row[] => {
      if (entry.Kind === "terminating-gateway") {
        return [{ kind: "gateway-service", names: [entry.Name, service] }, connect(service, entry.Name)];
      }
      return (entry.Listeners ?? []).map(({ Port }) => ({
        kind: "gateway-service",
        names: [entry.Name, service, String(Port)],
      }));
    });
}

function connect(destination: string, provider: string): Row {
  return { kind: "connect", names: [destination, provider] };
}

function meshGateway(service: string): Row {
  return { kind: "mesh-gateway", names: [service] };
}
