import type { CheckStatus } from "@causeway/model";
import type { LocalCheck, LocalService } from "./local-service.ts";
import { checkSubject, type LocalTokens, type Subject, serviceSubject } from "./local-snapshot.ts";
import { isMaintenance } from "./maintenance.ts";
import { sidecarId } from "./sidecar-expansion.ts";

/** The IDs of services and of checks. */
export type LocalSnapshotIds = { readonly services: ReadonlySet<string>; readonly checks: ReadonlySet<string> };

/** What has changed: the IDs of services and checks that were added, altered or taken away. */
export type LocalChange = { readonly services: readonly string[]; readonly checks: readonly string[] };

const NO_TOKENS: LocalTokens = new Map();
const NO_SIDECARS: ReadonlySet<string> = new Set();

/**
 * The services and checks that are registered with this agent. It is what the agent is asked to make true in the catalog.
 *
 * Listeners hear of every change after it has been made.
 */
export class LocalState {
  readonly #services = new Map<string, LocalService>();
  readonly #checks = new Map<string, LocalCheck>();
  /** Until when TTL checks count as alive, in milliseconds since 1970. */
  readonly #aliveUntilMs = new Map<string, number>();
  readonly #aliveListeners = new Set<() => void>();
  readonly #tokens = new Map<Subject, string>();
  readonly #sidecars = new Set<string>();
  readonly #fromFiles = { services: new Set<string>(), checks: new Set<string>() };
  readonly #listeners = new Set<(change: LocalChange) => void>();

  get services(): ReadonlyMap<string, LocalService> {
    return this.#services;
  }

  get checks(): ReadonlyMap<string, LocalCheck> {
    return this.#checks;
  }

  /**
   * By which tokens to tell the catalog of what is registered. That of what has been taken away is kept until `forgetTokens`: it is for
   * taking it from the catalog too.
   */
  get tokens(): LocalTokens {
    return this.#tokens;
  }

  /** The IDs of services that came as the sidecar of another one, and go with it. */
  get sidecars(): ReadonlySet<string> {
    return this.#sidecars;
  }

  /** What has been taken away, and has a token still. */
  formerSubjects(): Subject[] {
    const there = new Set([
      ...[...this.#services.keys()].map(serviceSubject),
      ...[...this.#checks.keys()].map(checkSubject),
    ]);
    return [...this.#tokens.keys()].filter((subject) => !there.has(subject));
  }

  /** Forgets the tokens of these, but for what is registered again. */
  forgetTokens(subjects: readonly Subject[]): void {
    const former = new Set(this.formerSubjects());
    for (const subject of subjects) if (former.has(subject)) this.#tokens.delete(subject);
  }

  /** Calls `listener` after each change until the function that comes back is called. */
  onChange(listener: (change: LocalChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The IDs of what files define, which is not to be kept otherwise. */
  get fromFiles(): LocalSnapshotIds {
    return this.#fromFiles;
  }

  /** The checks of one service. */
  checksOf(serviceId: string): LocalCheck[] {
    return [...this.#checks.values()].filter(({ check }) => check.ServiceID === serviceId);
  }

  /**
   * Registers services with their checks, as one change. A check that exists already keeps its result. With `replaceChecks`, other
   * checks of these services are taken away, but for that of maintenance, which somebody else may have asked for. What `tokens` does not
   * name has none from now on, and what `sidecars` does not name stands by itself.
   */
  register(
    services: readonly LocalService[],
    checks: readonly LocalCheck[],
    replaceChecks: boolean,
    tokens: LocalTokens = NO_TOKENS,
    sidecars: ReadonlySet<string> = NO_SIDECARS,
  ): void {
    const ids = new Set(services.map(({ ID }) => ID));
    const named = new Set(checks.map(({ check }) => check.CheckID));
    const changed = new Set(named);
    for (const id of ids) this.#fromFiles.services.delete(id);
    for (const id of named) this.#fromFiles.checks.delete(id);
    for (const service of services) {
      this.#services.set(service.ID, service);
      if (sidecars.has(service.ID)) this.#sidecars.add(service.ID);
      else this.#sidecars.delete(service.ID);
    }
    for (const [id, { check }] of this.#checks) {
      if (!replaceChecks || !ids.has(check.ServiceID) || named.has(id) || isMaintenance(id)) continue;
      this.#forgetCheck(id);
      changed.add(id);
    }
    for (const added of checks)
      this.#checks.set(added.check.CheckID, withFormerResult(added, this.#checks.get(added.check.CheckID)));
    for (const subject of [...[...ids].map(serviceSubject), ...[...named].map(checkSubject)]) {
      const token = tokens.get(subject) ?? "";
      if (token === "") this.#tokens.delete(subject);
      else this.#tokens.set(subject, token);
    }
    this.#tell({ services: [...ids], checks: [...changed] });
  }

  /** Registers what files define; what they defined before and no longer do is taken away. */
  replaceFromFiles(
    services: readonly LocalService[],
    checks: readonly LocalCheck[],
    tokens: LocalTokens,
    sidecars: ReadonlySet<string> = NO_SIDECARS,
  ): void {
    const before = { services: [...this.#fromFiles.services], checks: [...this.#fromFiles.checks] };
    const now = { services: services.map(({ ID }) => ID), checks: checks.map(({ check }) => check.CheckID) };
    this.register(services, checks, false, tokens, sidecars);
    this.#fromFiles.services.clear();
    this.#fromFiles.checks.clear();
    for (const id of now.services) this.#fromFiles.services.add(id);
    for (const id of now.checks) this.#fromFiles.checks.add(id);
    this.deregister(before.services.filter((id) => !now.services.includes(id)));
    for (const id of before.checks) if (!now.checks.includes(id)) this.deregisterCheck(id);
  }

  /** Registers one check, of a service or of the node; a token of "" is none. */
  registerCheck(check: LocalCheck, token = ""): void {
    this.register([], [check], false, new Map([[checkSubject(check.check.CheckID), token]]));
  }

  /** Takes services away, with their checks and the sidecars that came with them; IDs that are not there are passed over. */
  deregister(ids: readonly string[]): void {
    const beside = ids.map(sidecarId).filter((id) => this.#sidecars.has(id));
    const gone = [...ids, ...beside].filter((id) => this.#services.delete(id));
    for (const id of gone) {
      this.#fromFiles.services.delete(id);
      this.#sidecars.delete(id);
    }
    const checks = [...this.#checks].filter(([, { check }]) => gone.includes(check.ServiceID)).map(([id]) => id);
    for (const id of checks) this.#forgetCheck(id);
    if (gone.length > 0) this.#tell({ services: gone, checks });
  }

  /** Takes a check away; one that is not there is passed over. */
  deregisterCheck(id: string): void {
    if (this.#forgetCheck(id)) this.#tell({ services: [], checks: [id] });
  }

  #forgetCheck(id: string): boolean {
    this.#fromFiles.checks.delete(id);
    this.#aliveUntilMs.delete(id);
    return this.#checks.delete(id);
  }

  /** Takes over the tags that a service has been given in the catalog. */
  setTags(id: string, tags: readonly string[]): void {
    const known = this.#services.get(id);
    if (known === undefined) return;
    this.#services.set(id, { ...known, Tags: [...tags] });
    this.#tell({ services: [id], checks: [] });
  }

  /** Notes a check's result; one that is the same as before is no change. */
  setResult(id: string, status: CheckStatus, output: string): void {
    const known = this.#checks.get(id);
    if (known === undefined || (known.check.Status === status && known.check.Output === output)) return;
    this.#checks.set(id, { ...known, check: { ...known.check, Status: status, Output: output } });
    this.#tell({ services: [], checks: [id] });
  }

  /** Notes the heartbeat of a TTL check: its result, and until when that holds without another. */
  setAlive(id: string, status: CheckStatus, output: string, untilMs: number): void {
    this.#aliveUntilMs.set(id, untilMs);
    this.setResult(id, status, output);
    for (const listener of [...this.#aliveListeners]) listener();
  }

  /** Until when the last heartbeat of a TTL check holds, in milliseconds since 1970; undefined when none is known. */
  aliveUntil(id: string): number | undefined {
    return this.#aliveUntilMs.get(id);
  }

  /** Calls `listener` after each heartbeat, those that change nothing else included, until the function that comes back is called. */
  onAlive(listener: () => void): () => void {
    this.#aliveListeners.add(listener);
    return () => this.#aliveListeners.delete(listener);
  }

  #tell(change: LocalChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function withFormerResult(added: LocalCheck, former: LocalCheck | undefined): LocalCheck {
  if (former === undefined) return added;
  const { Status, Output } = former.check;
  return { ...added, check: { ...added.check, Status, Output } };
}
