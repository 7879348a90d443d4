import type { RouteTable } from "@causeway/routes";
import type { Read } from "./read.ts";

/** What a proxy cannot do anything without, in words for the operator. */
export type Waiting = { readonly waitingFor: string };

/**
 * How one kind of proxy makes its route table: three pure functions, which read what they need. Each part is compiled by itself, and
 * again only when its input, or something that it has read, has changed.
 */
export type Plan<I, P> = {
  /** The parts that the table has at present, by name: linked services, upstreams. */
  readonly parts: (read: Read) => ReadonlyMap<string, I>;
  /** One part of the table. Whatever is wrong with it must stay in it. */
  readonly compile: (read: Read, input: I) => P;
  /** The table that the parts make together, or what must be there first. */
  readonly assemble: (read: Read, parts: readonly P[]) => RouteTable | Waiting;
};
