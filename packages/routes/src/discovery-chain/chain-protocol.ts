import { OpaqueConfig } from "../opaque-config.ts";
import type { HttpProtocol } from "../route.ts";
import { type ChainEntries, GLOBAL } from "./chain-entries.ts";
import { Unsound } from "./chain-problem.ts";

const DEFAULT_PROTOCOL = "tcp";

/** Protocols whose requests can be told apart, and so routed and split. */
const ROUTABLE: readonly string[] = ["http", "http2", "grpc"] satisfies readonly HttpProtocol[];

/** Says whether requests of a protocol can be routed and split. */
export function routable(protocol: string): protocol is HttpProtocol {
  return ROUTABLE.includes(protocol);
}

/** The protocol that every service of a chain has to speak: that of the first one. */
export class ChainProtocol {
  readonly #chain: string;
  readonly #entries: ChainEntries;
  #spoken: string | undefined;

  constructor(chain: string, entries: ChainEntries) {
    this.#chain = chain;
    this.#entries = entries;
  }

  /** What has been noted so far. */
  get spoken(): string {
    return this.#spoken ?? DEFAULT_PROTOCOL;
  }

  /** Notes one more service of the chain. Throws Unsound when it speaks something else than those before it. */
  note(service: string): void {
    const found = protocolOf(service, this.#entries);
    const expected = this.#spoken ?? found;
    this.#spoken = expected;
    if (found === expected) return;
    throw new Unsound({ code: "PROTOCOL_CLASH", chain: this.#chain, service, protocols: { found, expected } });
  }
}

/** What a service speaks by the entries: what its own defaults say, even if they say nothing; without them, what those of all proxies say. */
export function protocolOf(service: string, entries: ChainEntries): string {
  const own = entries.get("service-defaults", service);
  const protocol =
    own === undefined ? new OpaqueConfig(entries.get("proxy-defaults", GLOBAL)?.Config).text("protocol") : own.Protocol;
  return protocol ? protocol.toLowerCase() : DEFAULT_PROTOCOL;
}

/** The protocol of a route, which says one only where it is HTTP; the first that is told counts. */
export function routeProtocol(...told: readonly (string | undefined)[]): { readonly protocol?: HttpProtocol } {
  const protocol = told.find((each) => each)?.toLowerCase();
  return protocol !== undefined && routable(protocol) ? { protocol } : {};
}
