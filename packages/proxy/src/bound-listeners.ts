import type { Listener } from "@causeway/routes";
import { printAddress } from "./print-address.ts";

/** A listener that could not be bound; it is tried again with the next table. */
export type FailedListener = { readonly listener: string; readonly address: string; readonly reason: string };

/** What a new table did to the listeners, by their names. */
export type SwapResult = {
  readonly opened: readonly string[];
  readonly kept: readonly string[];
  readonly closed: readonly string[];
  readonly failed: readonly FailedListener[];
};

/** What carries bytes: `stream` is Node's sockets, `splice` is Linux. */
export type Engine = "stream" | "splice";

/** An address that is listened on, by whichever engine. */
export interface BoundAddress {
  readonly engine: Engine;
  /** What the listener was called when it was bound. */
  readonly name: string;
  /** What the table says of this address now; `undefined` once it says nothing any more. */
  readonly current: Listener | undefined;
  /** The port that is listened on, also where the system chose it. */
  readonly port: number;
  /** Does from here on what the table says of this address, if anything. */
  assign(listener: Listener | undefined): void;
  /**
   * Has new connections go to whoever else listens on this address, such as the process that is to follow this one; gives false when nobody
   * does. What comes here all the same is accepted until `close`.
   */
  handOver(): boolean;
  /** Stops listening; connections that were accepted stay. */
  close(): void;
}

/** Which engine a listener is for, and how it is bound there; rejects with the system's error when the address cannot be. */
export type Binding = {
  readonly engineFor: (listener: Listener) => Engine;
  readonly open: (listener: Listener) => Promise<BoundAddress>;
};

/** The addresses that are listened on, one listener for each. */
export class BoundListeners {
  readonly #binding: Binding;
  readonly #bound = new Map<string, BoundAddress>();
  #wanted: ReadonlyMap<string, Listener> = new Map();

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Makes the listeners that are bound already serve what the new table says of them, at once. */
  assign(listeners: readonly Listener[]): void {
    this.#wanted = firstOfEach(listeners);
    for (const [key, bound] of this.#bound) bound.assign(this.#suitable(bound, this.#wanted.get(key)));
  }

  /** Closes what the table has no more and opens what is new in it; a listener that stays is not touched. */
  async settle(listeners: readonly Listener[]): Promise<SwapResult> {
    const wanted = firstOfEach(listeners);
    const closed = this.#closeAllBut(wanted);
    const kept = [...this.#bound.keys()].flatMap((key) => wanted.get(key)?.name ?? []);
    const missing = [...wanted.values()].filter((listener) => !this.#bound.has(keyOf(listener)));
    const outcomes = await Promise.all(missing.map((listener) => this.#open(listener)));
    const failed = outcomes.filter((outcome) => outcome !== undefined);
    const opened = missing.filter((_, i) => outcomes[i] === undefined).map(({ name }) => name);
    return { opened, kept, closed, failed: [...failed, ...duplicates(listeners, wanted)] };
  }

  #closeAllBut(wanted: ReadonlyMap<string, Listener>): readonly string[] {
    const gone = [...this.#bound].filter(([key, bound]) => this.#suitable(bound, wanted.get(key)) === undefined);
    for (const [key, bound] of gone) {
      bound.close();
      this.#bound.delete(key);
    }
    return gone.map(([, { name }]) => name);
  }

  /** The listener, unless it now needs another engine than the address is bound by: it is then bound anew, like one that has moved. */
  #suitable({ engine }: BoundAddress, listener: Listener | undefined): Listener | undefined {
    return listener !== undefined && this.#binding.engineFor(listener) === engine ? listener : undefined;
  }

  async #open(listener: Listener): Promise<FailedListener | undefined> {
    const key = keyOf(listener);
    try {
      const bound = await this.#binding.open(listener);
      this.#bound.set(key, bound);
      // A newer table may have come while this one was being opened.
      bound.assign(this.#suitable(bound, this.#wanted.get(key)));
      return undefined;
    } catch (error) {
      return failure(listener, error instanceof Error ? error.message : String(error));
    }
  }

  /** What the address of this listener is bound by now, `undefined` while it is not bound. */
  engineOf(listener: Listener): Engine | undefined {
    return this.#bound.get(keyOf(listener))?.engine;
  }

  /** The address of the listener with this name, `undefined` while it is not bound. */
  named(name: string): BoundAddress | undefined {
    return [...this.#bound.values()].find(({ current }) => current?.name === name);
  }

  /** Has new connections go to whoever else listens; gives whether anybody does, anywhere. */
  handOver(): boolean {
    return [...this.#bound.values()].filter((bound) => bound.handOver()).length > 0;
  }

  /** Stops listening everywhere. */
  close(): void {
    for (const bound of this.#bound.values()) bound.close();
    this.#bound.clear();
  }
}

/** What tells listeners apart: the address, and the name where the system chooses the port. */
function keyOf({ address, port, name }: Listener): string {
  return port === 0 ? `${printAddress(address, port)} ${name}` : printAddress(address, port);
}

function firstOfEach(listeners: readonly Listener[]): ReadonlyMap<string, Listener> {
  const first = new Map<string, Listener>();
  for (const listener of listeners) if (!first.has(keyOf(listener))) first.set(keyOf(listener), listener);
  return first;
}

function duplicates(listeners: readonly Listener[], wanted: ReadonlyMap<string, Listener>): readonly FailedListener[] {
  return listeners
    .filter((listener) => wanted.get(keyOf(listener)) !== listener)
    .map((listener) => failure(listener, `the listener ${wanted.get(keyOf(listener))?.name} has this address already`));
}

function failure({ name, address, port }: Listener, reason: string): FailedListener {
  return { listener: name, address: printAddress(address, port), reason };
}
