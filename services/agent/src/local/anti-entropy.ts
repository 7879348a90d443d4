import { ask, type Bus } from "@causeway/bus";
import type { Clock, Logger, ReadinessTask, Timer } from "@causeway/runtime";
import type { Source } from "../source.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import type { ConfigView } from "../views/config-view.ts";
import { DeferredOutputs } from "./deferred-outputs.ts";
import type { EffectiveServices } from "./effective-services.ts";
import type { LocalSnapshot, LocalState } from "./local-state.ts";
import { withOwnRegistrations } from "./own-node.ts";
import { fullSyncIntervalMs } from "./sync-interval.ts";
import { type OwnNode, syncPlan } from "./sync-plan.ts";

/** What anti-entropy needs of the agent. */
export type AntiEntropyOptions = {
  readonly bus: Bus;
  readonly catalog: Source<CatalogView>;
  readonly configEntries: Source<ConfigView>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly node: OwnNode;
  readonly state: LocalState;
  readonly services: EffectiveServices;
  /** Done when the catalog has first agreed with this agent. */
  readonly ready: ReadinessTask;
  /** How long the catalog may have an older output of a check whose status is the same; a deferral is this, and up to half less or more. */
  readonly checkUpdateIntervalMs: number;
  readonly random?: () => number;
};

/** After a sync that failed, the next is tried sooner than the next full one. */
const RETRY_MS = 1_000;
const RETRY_JITTER_MS = 1_000;

/** What to do about a service that vanishes. */
const REMEDY = "register it with this agent (/v1/agent/service/register), or under a node name that no agent has";

const NO_TIMER: Timer = { cancel: () => undefined };

/** Changes that come together are synced together. */
const COALESCE_MS = 5;

/**
 * Keeps the catalog's picture of this node equal to what is registered here: at once after each change, and in full every minute or so.
 */
export class AntiEntropy {
  readonly #options: AntiEntropyOptions;
  readonly #outputs: DeferredOutputs;
  /** What has been registered here, so that what never was can be told apart. */
  readonly #wasHere = new Set<string>();
  readonly #forget: () => void;
  #timer: Timer;
  #readable = false;
  #syncing = false;
  #again = false;
  #closed = false;

  constructor(options: AntiEntropyOptions) {
    this.#options = options;
    this.#timer = NO_TIMER;
    this.#outputs = new DeferredOutputs({ ...options, due: () => this.#soon() });
    const forgetState = options.state.onChange(({ checks }) => {
      for (const id of checks) this.#outputs.note(id, options.state.checks.get(id)?.check.Status);
      this.#soon();
    });
    const forgetServices = options.services.onChange(() => this.#soon());
    this.#forget = () => {
      forgetState();
      forgetServices();
    };
    // Before both have been read nothing can be compared.
    void Promise.all([options.catalog.whenCurrent, options.configEntries.whenCurrent]).then(() => {
      this.#readable = true;
      this.#after(0);
    });
  }

  /** Ends it; a sync that is under way may still finish. */
  close(): void {
    this.#closed = true;
    this.#forget();
    this.#timer.cancel();
    this.#outputs.close();
  }

  #soon(): void {
    if (this.#syncing) this.#again = true;
    else if (this.#readable) this.#after(COALESCE_MS);
  }

  #after(ms: number): void {
    this.#timer.cancel();
    if (!this.#closed) this.#timer = this.#options.clock.setTimer(ms, () => void this.#sync());
  }

  async #sync(): Promise<void> {
    const { log, ready, random = Math.random } = this.#options;
    this.#syncing = true;
    this.#again = false;
    let nextMs: number;
    try {
      const nodes = await this.#makeEqual();
      ready.done();
      const intervalMs = fullSyncIntervalMs(nodes);
      nextMs = intervalMs + random() * intervalMs;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ reason }, "sync with the catalog failed, is tried again");
      ready.failed(reason);
      nextMs = RETRY_MS + random() * RETRY_JITTER_MS;
    }
    this.#syncing = false;
    this.#after(this.#again ? 0 : nextMs);
  }

  /** Asks the catalog for what differs and waits until that is seen; gives the number of nodes. */
  async #makeEqual(): Promise<number> {
    const { bus, catalog, log, node, state } = this.#options;
    const { view } = catalog;
    const there = { node: view.node(node.Node), instances: view.instancesOn(node.Node) };
    const here = this.#registrations();
    for (const id of here.services.keys()) this.#wasHere.add(`service ${id}`);
    for (const id of here.checks.keys()) this.#wasHere.add(`check ${id}`);
    const plan = syncPlan(node, here, there, (id) => this.#outputs.isDue(id));
    const { register, deregister } = plan;
    this.#outputs.defer(plan.deferred);
    for (const [id, tags] of plan.changedTags) state.setTags(id, tags);
    let index = 0;
    for (const request of register) {
      index = (await ask(bus, "catalog.register", request)).Index;
      log.info({ service: request.Service?.ID, checks: request.Checks?.length ?? 0 }, "registered in the catalog");
    }
    for (const request of deregister) {
      index = (await ask(bus, "catalog.deregister", request)).Index;
      const facts = { node: node.Node, service: request.ServiceID, check: request.CheckID };
      if (
        this.#wasHere.has(request.CheckID === undefined ? `service ${request.ServiceID}` : `check ${request.CheckID}`)
      )
        log.info(facts, "deregistered from the catalog");
      else
        log.warn({ ...facts, remedy: REMEDY }, "deregistered from the catalog what is not registered with this agent");
    }
    // The next comparison must see what this one has changed.
    await catalog.reach(index);
    return view.nodes().length;
  }

  #registrations(): LocalSnapshot {
    const { services, state, node } = this.#options;
    return withOwnRegistrations({ services: services.all(), checks: state.checks }, node.Node);
  }
}
