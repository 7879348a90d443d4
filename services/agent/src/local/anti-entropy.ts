import { ask, type Bus, Refusal } from "@causeway/bus";
import type { Written } from "@causeway/model";
import type { Clock, Logger, ReadinessTask, Timer } from "@causeway/runtime";
import type { Acl } from "../acl/acl.ts";
import type { Source } from "../source.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import type { ConfigView } from "../views/config-view.ts";
import { Blocked, type SyncAct } from "./blocked.ts";
import { DeferredOutputs } from "./deferred-outputs.ts";
import type { EffectiveServices } from "./effective-services.ts";
import { checkSubject, type LocalSnapshot, type Subject, serviceSubject } from "./local-snapshot.ts";
import type { LocalState } from "./local-state.ts";
import { fullSyncIntervalMs } from "./sync-interval.ts";
import { type Deregistering, type OwnNode, type Registering, syncPlan } from "./sync-plan.ts";

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
  /** By which tokens the catalog is asked; undefined where ACLs are not enabled. */
  readonly acl: Pick<Acl, "own" | "accessorOf"> | undefined;
  /** Called when the catalog has been told of this agent. */
  readonly joined: () => void;
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
  readonly #wasHere = new Set<Subject>();
  readonly #blocked: Blocked;
  readonly #forget: () => void;
  #timer: Timer;
  #sync: Promise<void> = Promise.resolve();
  /** A sync that has been asked for and has not begun. */
  #due: PromiseWithResolvers<void> | undefined;
  #readable = false;
  #syncing = false;
  #again = false;
  #closed = false;
  /** When what has been refused is tried again. */
  #fullAtMs = 0;

  constructor(options: AntiEntropyOptions) {
    this.#options = options;
    this.#timer = NO_TIMER;
    this.#outputs = new DeferredOutputs({ ...options, due: () => this.#soon() });
    this.#blocked = new Blocked(options.log, options.node.Node);
    const forgetState = options.state.onChange(({ checks }) => {
      for (const id of checks) {
        this.#outputs.note(id, options.state.checks.get(id)?.check.Status);
        this.#blocked.delete(checkSubject(id));
      }
      this.#soon();
    });
    const forgetServices = options.services.onChange((ids) => {
      for (const id of ids) this.#blocked.delete(serviceSubject(id));
      this.#soon();
    });
    const forgetTokens = options.acl?.own.onChange(() => {
      this.#fullAtMs = 0;
      this.#soon();
    });
    this.#forget = () => {
      forgetState();
      forgetServices();
      forgetTokens?.();
    };
    // Before both have been read nothing can be compared.
    void Promise.all([options.catalog.whenCurrent, options.configEntries.whenCurrent]).then(() => {
      this.#readable = true;
      this.#soon();
    });
  }

  /** Resolves when the catalog agrees with all that has changed here so far, or a sync of it has failed; at once while nothing can be compared. */
  synced(): Promise<void> {
    return this.#due?.promise ?? this.#sync;
  }

  /** Ends it; resolves when a sync that is under way has finished. */
  close(): Promise<void> {
    this.#closed = true;
    this.#forget();
    this.#timer.cancel();
    this.#outputs.close();
    this.#due?.resolve();
    return this.#sync;
  }

  #soon(): void {
    if (!this.#readable || this.#closed) return;
    this.#due ??= Promise.withResolvers();
    if (this.#syncing) this.#again = true;
    else this.#after(COALESCE_MS);
  }

  #after(ms: number): void {
    this.#timer.cancel();
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimer(ms, () => {
      this.#sync = this.#syncOnce();
    });
  }

  async #syncOnce(): Promise<void> {
    const { clock, log, ready, random = Math.random } = this.#options;
    this.#syncing = true;
    this.#again = false;
    const due = this.#due;
    this.#due = undefined;
    let nextMs: number;
    try {
      if (clock.now() >= this.#fullAtMs) {
        this.#blocked.clear();
        this.#fullAtMs = Number.POSITIVE_INFINITY;
      }
      const nodes = await this.#makeEqual();
      ready.done();
      const intervalMs = fullSyncIntervalMs(nodes);
      // Those in between do not put the next full one off.
      this.#fullAtMs = Math.min(this.#fullAtMs, clock.now() + intervalMs + random() * intervalMs);
      nextMs = Math.max(0, this.#fullAtMs - clock.now());
    } catch (error) {
      this.#fullAtMs = 0;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ reason }, "sync with the catalog failed, is tried again");
      ready.failed(reason);
      nextMs = RETRY_MS + random() * RETRY_JITTER_MS;
    }
    this.#syncing = false;
    due?.resolve();
    if (this.#again) this.#soon();
    else this.#after(nextMs);
  }

  /** Asks the catalog for what differs and waits until that is seen; gives the number of nodes. */
  async #makeEqual(): Promise<number> {
    const { bus, catalog, joined, node, services, state } = this.#options;
    const { view } = catalog;
    const there = { node: view.node(node.Node), instances: view.instancesOn(node.Node) };
    const here: LocalSnapshot = { services: services.all(), checks: state.checks };
    for (const id of here.services.keys()) this.#wasHere.add(serviceSubject(id));
    for (const id of here.checks.keys()) this.#wasHere.add(checkSubject(id));
    const former = state.formerSubjects();
    const plan = syncPlan(node, here, there, {
      outputDue: (id) => this.#outputs.isDue(id),
      blocked: (subject) => this.#blocked.has(subject),
      tokens: state.tokens,
    });
    this.#outputs.defer(plan.deferred);
    for (const [id, tags] of plan.changedTags) state.setTags(id, tags);
    let index = 0;
    if (plan.join !== undefined) {
      index = (await ask(bus, "catalog.join", plan.join)).Index;
      joined();
    }
    for (const step of plan.register) index = (await this.#register(step)) ?? index;
    for (const step of plan.deregister) index = (await this.#deregister(step)) ?? index;
    // The next comparison must see what this one has changed.
    await catalog.reach(index);
    // Nothing is left in the catalog of what was gone from here when this began, unless that was refused.
    state.forgetTokens(former.filter((subject) => !this.#blocked.has(subject)));
    return view.nodes().length;
  }

  /** Gives the revision that shows it; undefined when it has been refused. */
  async #register({ subjects, request }: Registering): Promise<number | undefined> {
    const { bus, log } = this.#options;
    const [subject = "node"] = subjects;
    const index = await this.#by([subject], subjects, "registration", (by) =>
      ask(bus, "catalog.register", { ...request, ...by }),
    );
    if (index !== undefined) {
      log.info({ service: request.Service?.ID, checks: request.Checks?.length ?? 0 }, "registered in the catalog");
    }
    return index;
  }

  /** By the token of what is taken away, and else by that of the node, by which all on it may be taken away. */
  async #deregister({ subject, request }: Deregistering): Promise<number | undefined> {
    const { bus, log, node } = this.#options;
    const index = await this.#by([subject, "node"], [subject], "deregistration", (by) =>
      ask(bus, "catalog.deregister", { ...request, ...by }),
    );
    if (index === undefined) return undefined;
    const facts = { node: node.Node, service: request.ServiceID, check: request.CheckID };
    if (this.#wasHere.has(subject)) log.info(facts, "deregistered from the catalog");
    else log.warn({ ...facts, remedy: REMEDY }, "deregistered from the catalog what is not registered with this agent");
    return index;
  }

  #tokenOf(subject: Subject): string {
    const { acl, state } = this.#options;
    if (subject === "node") return acl?.own.agent ?? "";
    return state.tokens.get(subject) ?? acl?.own.default ?? "";
  }

  /** Asks by the token of each of these until one is let; when none is, what was asked for is blocked. */
  async #by(
    holders: readonly Subject[],
    subjects: readonly Subject[],
    act: SyncAct,
    write: (by: { readonly Token?: string }) => Promise<Written>,
  ): Promise<number | undefined> {
    const { acl } = this.#options;
    if (acl === undefined) return (await write({})).Index;
    const tokens = holders.map((holder) => this.#tokenOf(holder));
    for (const Token of new Set(tokens)) {
      try {
        return (await write({ Token })).Index;
      } catch (error) {
        if (!(error instanceof Refusal && error.status === 403)) throw error;
      }
    }
    // One that has got another token meanwhile is tried by that at once.
    const same = holders.every((holder, at) => this.#tokenOf(holder) === tokens[at]);
    if (same) this.#blocked.add(subjects, act, acl.accessorOf(tokens[0] ?? "") ?? "");
    return undefined;
  }
}
