import type { InstanceRecord } from "@causeway/model";
import { backoff, type Clock } from "@causeway/runtime";
import type { AgentAnswer } from "./ask-agent.ts";
import type { GatewayLog } from "./gateway-log.ts";

export type AdvertisementOptions = {
  /** ID of the proxy's own instance. */
  readonly id: string;
  /** Puts something to the agent that the proxy is registered with. */
  readonly put: (path: string, body?: unknown) => Promise<AgentAnswer>;
  /** What the catalog says of the proxy now; undefined when it says nothing. */
  readonly registered: () => InstanceRecord | undefined;
  /** How long who dials the proxy may take to hear, once the catalog has. */
  readonly spreadMs: number;
  readonly clock: Clock;
  readonly log: GatewayLog;
};

/** The catalog hears within milliseconds; after that it is as likely to be away. */
const HEARD_WITHIN_MS = 5_000;

/** Waits between attempts while the agent is away; a proxy that serves is still in no hurry to drown it. */
const AGENT_AWAY = { baseMs: 500, maxMs: 15_000 };

/** As long as a critical check with an expiry may be: it is taken away by the next start, or with the registration. */
const LONG = "8760h";

/**
 * Whether others are told to dial this proxy: a critical check of its own, which its agent keeps while the proxy is on its way out. The
 * registration stays, since the proxy goes by it until its last connection has ended, and maintenance is left to operators.
 */
export class Advertisement {
  readonly #options: AdvertisementOptions;
  #heard = Promise.withResolvers<void>();
  #leaving = false;

  constructor(options: AdvertisementOptions) {
    this.#options = options;
  }

  /** Looks again at what the catalog says; to be called when that may have changed. */
  changed(): void {
    if (!this.#leaving) return;
    const { id, registered } = this.#options;
    const instance = registered();
    if (instance === undefined || instance.Checks.some(({ CheckID }) => CheckID === checkOf(id))) this.#heard.resolve();
  }

  /**
   * Resolves when nobody dials this proxy any more: its agent has been told, the catalog says so, and there was time for all to hear. Where
   * the agent does not take it, that is logged, and there is nothing to wait for. Never rejects.
   */
  async withdraw(): Promise<void> {
    const { id, put, spreadMs, clock, log } = this.#options;
    this.#leaving = true;
    const check = { ID: checkOf(id), Name: "draining", ServiceID: id, TTL: LONG, Status: "critical", Notes: NOTES };
    try {
      const { status, text } = await put("/v1/agent/check/register", check);
      if (status !== 200) throw new Error(`the agent answered ${status}: ${text}`);
    } catch (error) {
      log.warn({ error }, "still advertised");
      return;
    }
    this.changed();
    const timer = clock.setTimer(HEARD_WITHIN_MS, () => {
      log.warn({ waitedMs: HEARD_WITHIN_MS }, "the catalog has not said that this proxy is leaving");
      this.#heard.resolve();
    });
    await this.#heard.promise;
    timer.cancel();
    log.info({ spreadMs }, "no longer advertised");
    await clock.sleep(spreadMs);
  }

  /** Has the agent advertise the proxy again, if it withdrew when it last ended; tries until `signal` aborts. Never rejects. */
  async renew(signal: AbortSignal): Promise<void> {
    const { id, put, clock, log } = this.#options;
    for (let failures = 0; !signal.aborted && !this.#leaving; ) {
      const refusal = await put(`/v1/agent/check/deregister/${encodeURIComponent(checkOf(id))}`).then(
        refused,
        unanswered,
      );
      if (refusal === undefined) return;
      failures += 1;
      if (failures === 1) log.warn(refusal.facts, "cannot ask the agent to advertise this proxy again");
      if (refusal.forGood) return;
      await clock.sleep(backoff(failures, AGENT_AWAY), signal).catch(() => {});
    }
  }
}

const NOTES = "It has been asked to stop, and finishes what it has.";

function checkOf(id: string): string {
  return `draining:${id}`;
}

type Refusal = { readonly facts: object; readonly forGood: boolean };

/** Usually there is no such check: the proxy was never here, or did not end by itself. */
function refused({ status, text }: AgentAnswer): Refusal | undefined {
  if (status === 200 || status === 404) return undefined;
  return { facts: { status, reason: text }, forGood: status < 500 };
}

function unanswered(error: unknown): Refusal {
  return { facts: { error }, forGood: false };
}
