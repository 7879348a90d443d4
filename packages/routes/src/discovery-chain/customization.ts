import type { MeshGatewayMode } from "../mesh-gateway-mode.ts";
import { routable } from "./chain-protocol.ts";

/** What whoever asks for a chain wants otherwise than the entries have it; what is undefined or empty is not wanted otherwise. */
export type ChainOverrides = {
  /** Only a time above 0 overrides. */
  readonly connectTimeoutMs?: number | undefined;
  readonly protocol?: string | undefined;
  readonly meshGatewayMode?: MeshGatewayMode | undefined;
};

/** Lays overrides over what entries say, and remembers which of them made a difference. */
export class Customization {
  readonly #overrides: ChainOverrides;
  readonly #differing = new Set<keyof ChainOverrides>();

  constructor(overrides: ChainOverrides) {
    this.#overrides = overrides;
  }

  connectTimeoutMs(own: number): number {
    const { connectTimeoutMs = 0 } = this.#overrides;
    return connectTimeoutMs > 0 ? this.#instead("connectTimeoutMs", own, connectTimeoutMs) : own;
  }

  meshGatewayMode(own: MeshGatewayMode | undefined): MeshGatewayMode | undefined {
    const { meshGatewayMode } = this.#overrides;
    return meshGatewayMode === undefined ? own : this.#instead("meshGatewayMode", own, meshGatewayMode);
  }

  protocol(own: string): string {
    return this.#overrides.protocol ? this.#instead("protocol", own, this.#overrides.protocol) : own;
  }

  /** A router or splitter as it counts here: not at all under a protocol whose requests cannot be told apart. */
  advanced<T>(entry: T | undefined): T | undefined {
    if (entry === undefined || !this.#overrides.protocol || routable(this.#overrides.protocol)) return entry;
    this.#differing.add("protocol");
    return undefined;
  }

  /** Eight hexadecimal digits that stand for all overrides that made a difference; undefined when none did. */
  get hash(): string | undefined {
    if (this.#differing.size === 0) return undefined;
    const { connectTimeoutMs, protocol, meshGatewayMode } = this.#overrides;
    const effective = Object.entries({ connectTimeoutMs, meshGatewayMode, protocol }).filter(([name]) =>
      this.#differing.has(name as keyof ChainOverrides),
    );
    return fnv1a(JSON.stringify(effective)).toString(16).padStart(8, "0");
  }

  #instead<T>(what: keyof ChainOverrides, own: unknown, other: T): T {
    if (own !== other) this.#differing.add(what);
    return other;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The 32-bit FNV-1a hash of a text. @see RFC 9923 */
function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}
