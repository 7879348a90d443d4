import type { LocalChange, LocalState } from "../local-state.ts";
import { type Alias, aliasResult, type Followed } from "./alias.ts";
import { MAX_OUTPUT_BYTES } from "./result.ts";

/** What alias checks need to know of other nodes. */
export type OtherNodes = {
  /** The checks of a node, or undefined while nothing is known. */
  readonly checksOf: (node: string) => readonly Followed[] | undefined;
  /** Whether there is such a service on a node. */
  readonly hasService: (node: string, serviceId: string) => boolean;
  /** Calls `changed` after each change of a node's checks and services, until the function that comes back is called. */
  readonly follow: (node: string, changed: () => void) => () => void;
};

/** Keeps the results of alias checks equal to what they follow; a change costs those that follow what has changed. */
export class Aliases {
  readonly #state: LocalState;
  readonly #others: OtherNodes;
  /** Every alias check, and what ends that its node is followed. */
  readonly #aliases = new Map<string, { readonly alias: Alias; readonly forget: () => void }>();
  /** The service of each check, "" for those of the node. */
  readonly #serviceOf = new Map<string, string>();
  /** The same the other way round. */
  readonly #checksOf = new Map<string, Set<string>>();

  constructor(state: LocalState, others: OtherNodes) {
    this.#state = state;
    this.#others = others;
  }

  /** Takes in what has changed. */
  changed({ checks, services }: LocalChange): void {
    const concerned = new Set(services);
    for (const id of checks) {
      const before = this.#serviceOf.get(id);
      const now = this.#state.checks.get(id)?.check.ServiceID;
      if (before !== undefined) concerned.add(before);
      if (now !== undefined) concerned.add(now);
      if (before !== now) this.#move(id, before, now);
      this.#noteAlias(id);
    }
    for (const [id, { alias }] of this.#aliases) {
      const here = alias.node === "" && (concerned.has(alias.service) || concerned.has(""));
      if (here || checks.includes(id)) this.#look(id, alias);
    }
  }

  /** Follows no other node any more. */
  close(): void {
    for (const { forget } of this.#aliases.values()) forget();
    this.#aliases.clear();
  }

  #move(id: string, from: string | undefined, to: string | undefined): void {
    if (from !== undefined) {
      const left = this.#checksOf.get(from);
      left?.delete(id);
      if (left?.size === 0) this.#checksOf.delete(from);
    }
    if (to === undefined) return void this.#serviceOf.delete(id);
    this.#serviceOf.set(id, to);
    this.#checksOf.set(to, (this.#checksOf.get(to) ?? new Set()).add(id));
  }

  #noteAlias(id: string): void {
    const method = this.#state.checks.get(id)?.method;
    const before = this.#aliases.get(id);
    if (method?.kind !== "alias") {
      before?.forget();
      this.#aliases.delete(id);
      return;
    }
    if (before?.alias.node === method.node && before.alias.service === method.service) return;
    before?.forget();
    const forget =
      method.node === "" ? () => undefined : this.#others.follow(method.node, () => this.#look(id, method));
    this.#aliases.set(id, { alias: method, forget });
  }

  #look(id: string, alias: Alias): void {
    const followed = alias.node === "" ? this.#here(id, alias.service) : this.#others.checksOf(alias.node);
    if (followed === undefined) return;
    const exists =
      alias.node === "" ? this.#state.services.has(alias.service) : this.#others.hasService(alias.node, alias.service);
    const { status, output } = aliasResult(alias, followed, exists);
    // Aliases that follow each other would otherwise tell more and more.
    this.#state.setResult(id, status, output.slice(0, MAX_OUTPUT_BYTES));
  }

  /** The checks that an alias of a service here may follow. */
  #here(id: string, service: string): Followed[] {
    const ids = [...(this.#checksOf.get("") ?? []), ...(this.#checksOf.get(service) ?? [])];
    return ids.flatMap((one) => {
      const known = one === id ? undefined : this.#state.checks.get(one);
      return known === undefined ? [] : [known.check];
    });
  }
}
