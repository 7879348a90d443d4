import type { Clock, Logger, Timer } from "@causeway/runtime";
import type { CheckMethod, LocalCheck } from "../local-service.ts";
import type { LocalState } from "../local-state.ts";
import { Aliases, type OtherNodes } from "./aliases.ts";
import { look } from "./look.ts";
import { type CheckResult, damped, keptNote, newStreak } from "./result.ts";

type TtlMethod = Extract<CheckMethod, { kind: "ttl" }>;

/** What runs one check until it is ended. */
type Run = { readonly definition: string; end(): void; heartbeat?(result: CheckResult): void };

/** What the runner needs of the agent. */
export type RunnerOptions = {
  readonly state: LocalState;
  readonly clock: Clock;
  readonly log: Logger;
  readonly otherNodes: OtherNodes;
  readonly random?: () => number;
};

/**
 * Runs the checks of an agent: begins and ends them as they are registered and taken away, and notes their results in the state.
 */
export class CheckRunner {
  readonly #options: RunnerOptions;
  readonly #runs = new Map<string, Run>();
  readonly #criticalSinceMs = new Map<string, number>();
  readonly #aliases: Aliases;
  readonly #forget: () => void;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { state } = options;
    this.#aliases = new Aliases(state, options.otherNodes);
    for (const id of state.checks.keys()) this.#begin(id);
    this.#forget = state.onChange((change) => {
      for (const id of change.checks) this.#follow(id);
      this.#aliases.changed(change);
    });
    this.#aliases.changed({ services: [], checks: [...state.checks.keys()] });
  }

  /** Ends every check. */
  close(): void {
    this.#forget();
    this.#aliases.close();
    for (const run of this.#runs.values()) run.end();
    this.#runs.clear();
  }

  /** Notes a heartbeat: the result that a TTL check was told, good for its TTL. False when there is no such TTL check. */
  heartbeat(id: string, result: CheckResult): boolean {
    const run = this.#runs.get(id);
    if (run?.heartbeat === undefined) return false;
    run.heartbeat(result);
    return true;
  }

  /** The services that have had a critical check for longer than they may, to be deregistered. */
  overdue(): string[] {
    const { state, clock } = this.#options;
    const late = [...state.checks.values()].filter(({ check, deregisterAfterMs }) => {
      const sinceMs = this.#criticalSinceMs.get(check.CheckID);
      return deregisterAfterMs > 0 && sinceMs !== undefined && clock.now() - sinceMs > deregisterAfterMs;
    });
    return [...new Set(late.map(({ check }) => check.ServiceID).filter((id) => id !== ""))];
  }

  #follow(id: string): void {
    const known = this.#options.state.checks.get(id);
    this.#noteCritical(id, known);
    const run = this.#runs.get(id);
    if (known !== undefined && run?.definition === definitionOf(known)) return;
    run?.end();
    this.#runs.delete(id);
    if (known !== undefined) this.#begin(id);
  }

  #noteCritical(id: string, known: LocalCheck | undefined): void {
    if (known?.check.Status !== "critical") this.#criticalSinceMs.delete(id);
    else if (!this.#criticalSinceMs.has(id)) this.#criticalSinceMs.set(id, this.#options.clock.now());
  }

  #begin(id: string): void {
    const known = this.#options.state.checks.get(id);
    if (known === undefined) return;
    this.#noteCritical(id, known);
    const { method } = known;
    const definition = definitionOf(known);
    if (method.kind === "ttl") this.#runs.set(id, { definition, ...this.#expire(id, method) });
    else if (method.kind === "alias" || method.kind === "maintenance")
      this.#runs.set(id, { definition, end: () => undefined });
    else {
      this.#runs.set(id, {
        definition,
        end: this.#repeat(id, known, method.intervalMs, (ended) => look(method, ended)),
      });
    }
  }

  /** A TTL check turns critical when no heartbeat has come for its TTL. */
  #expire(id: string, { ttlMs, outputMaxBytes }: TtlMethod): Pick<Run, "end" | "heartbeat"> {
    const { state, clock } = this.#options;
    const expire = () => {
      const last = state.checks.get(id)?.check.Output ?? "";
      // After a restart it expires once more, with the text that it has.
      const told = last.startsWith(EXPIRED) ? last : `${EXPIRED} (last output before timeout follows): ${last}`;
      state.setResult(id, "critical", last === "" ? EXPIRED : told);
    };
    const leftMs = Math.max(0, (state.aliveUntil(id) ?? clock.now() + ttlMs) - clock.now());
    let timer: Timer = clock.setTimer(leftMs, expire);
    const heartbeat = ({ status, output }: CheckResult) => {
      timer.cancel();
      timer = clock.setTimer(ttlMs, expire);
      state.setAlive(id, status, keptNote(output, outputMaxBytes), clock.now() + ttlMs);
    };
    return { heartbeat, end: () => timer.cancel() };
  }

  /** Looks again and again: at first soon, but not all checks at once, and more often until it has passed for the first time. */
  #repeat(
    id: string,
    known: LocalCheck,
    intervalMs: number,
    look: (ended: AbortSignal) => Promise<CheckResult>,
  ): () => void {
    const { state, clock, log, random = Math.random } = this.#options;
    const ended = new AbortController();
    let streak = newStreak(known);
    let timer: Timer;
    let startingUntilMs = clock.now() + STARTING_MS;
    const once = async () => {
      const found = await look(ended.signal);
      if (ended.signal.aborted) return;
      const reported = state.checks.get(id)?.check.Status ?? "critical";
      const { status, ...next } = damped(streak, found.status, known);
      streak = next.streak;
      if (status !== undefined && status !== reported)
        log.info({ check: id, from: reported, to: status, output: found.output }, "check changed");
      if (status !== undefined) state.setResult(id, status, found.output);
      if (found.status === "passing") startingUntilMs = 0;
      const starting = clock.now() < startingUntilMs;
      timer = clock.setTimer(starting ? Math.min(intervalMs, STARTING_INTERVAL_MS) : intervalMs, again);
    };
    const again = () => void once();
    timer = clock.setTimer(Math.min(intervalMs, FIRST_LOOK_MS) * random(), again);
    return () => {
      ended.abort();
      timer.cancel();
    };
  }
}

const EXPIRED = "TTL expired";

/** A check that has just been registered is looked at soon, so that a service that is up counts as up within a second. */
const FIRST_LOOK_MS = 500;

/** What has just been registered may still be starting, a gateway above all: until it first passes it is looked at this often, so long. */
const STARTING_INTERVAL_MS = 1_000;
const STARTING_MS = 30_000;

function definitionOf({ method, successBeforePassing, ...check }: LocalCheck): string {
  return JSON.stringify([method, successBeforePassing, check.failuresBeforeWarning, check.failuresBeforeCritical]);
}
