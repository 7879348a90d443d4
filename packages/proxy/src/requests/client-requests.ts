import { randomUUID } from "node:crypto";
import type { Connection } from "../connection.ts";
import { ConnectionError } from "../errors.ts";
import type { ProxyLog } from "../options.ts";
import { type Asked, exchange, type WayBack } from "./exchange.ts";
import { forwardedFields } from "./forwarded-fields.ts";
import { hostOf } from "./match-host.ts";
import type { Onward } from "./onward.ts";
import { isBegun, noAnswer, noHost, refuse, type Told } from "./refusal.ts";
import { type RequestOutcome, writeDown } from "./request-record.ts";
import { type Reach, type RequestMatch, WaysOn } from "./ways-on.ts";

/** How the requests of a client are led on, and where they are written down. */
export type RequestOptions = {
  /** Connects on behalf of the client. */
  readonly reach: (client: Connection, match: RequestMatch) => ReturnType<Reach>;
  readonly log: ProxyLog;
  /** Milliseconds, from wherever. */
  readonly now: () => number;
};

/** How many times a request is sent that nobody can have acted on. */
const ATTEMPTS = 2;

/** The requests of one client, each led on by the host that it asks for. */
export class ClientRequests {
  readonly connection: Connection;
  readonly ways: WaysOn;
  readonly #options: RequestOptions;

  constructor(connection: Connection, options: RequestOptions) {
    this.connection = connection;
    this.#options = options;
    this.ways = new WaysOn((match) => options.reach(connection, match));
  }

  /** Milliseconds, from wherever. */
  now(): number {
    return this.#options.now();
  }

  /** What the table has now for the host of a request. */
  match({ authority }: Asked): RequestMatch | undefined {
    const host = hostOf(authority);
    const match = this.connection.routes.match(host);
    return match === undefined ? undefined : { ...match, host };
  }

  /** The request as it goes on. */
  onward({ method, target, authority, length, fields }: Asked): Onward {
    const scheme = this.connection.known.requestsBy === "tls" ? "https" : "http";
    const client = this.connection.client.remoteAddress ?? "unknown";
    const onwardFields = forwardedFields(fields, { client, scheme, requestId: randomUUID() });
    return { method, target, authority, length, scheme, fields: onwardFields };
  }

  /** Has a request answered: by whom it is for, or else with the reason why not. Never rejects. */
  async serve(asked: Asked, back: WayBack): Promise<void> {
    const startedMs = this.now();
    const match = this.match(asked);
    const { status, refusal } =
      match === undefined
        ? refuse(back, asked, noHost(asked.authority))
        : await this.#lead(asked, back, match).catch((error: unknown) => this.giveUp(back, asked, match, error));
    this.writeDown({ asked, match, status, refusal, startedMs, left: !back.body.writableEnded });
  }

  /** Tells the client that nobody answers or, where an answer had begun, has it see that this is not whole. */
  giveUp(back: WayBack, asked: Asked, match: RequestMatch, error: unknown): Told {
    const refusal = noAnswer(explained(error, match));
    if (!isBegun(back)) return refuse(back, asked, refusal);
    back.cutOff();
    return { status: undefined, refusal };
  }

  /** Writes down what became of a request that began at a time of `now`. */
  writeDown(outcome: Omit<RequestOutcome, "connection" | "seconds"> & { readonly startedMs: number }): void {
    const { startedMs, ...told } = outcome;
    const seconds = (this.now() - startedMs) / 1_000;
    writeDown(this.#options.log, { connection: this.connection, ...told, seconds });
  }

  async #lead(asked: Asked, back: WayBack, match: RequestMatch): Promise<Told> {
    const onward = this.onward(asked);
    for (let attempt = 1; ; attempt++) {
      const on = await this.ways.for(match, onward);
      try {
        const { status } = await exchange(asked, back, on);
        return { status, refusal: undefined };
      } catch (error) {
        // A connection that was kept may have been closed by the far side at the very moment when it was used again.
        const unheard = "reused" in on && on.reused && asked.length === 0 && !isBegun(back);
        if (!unheard || attempt === ATTEMPTS) throw error;
      }
    }
  }
}

/** What happened on the way on, where that is not told as a failure of a connection already. */
function explained(error: unknown, { route }: RequestMatch): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const what = error instanceof Error ? error.message : String(error);
  const caller = route.outbound.kind === "mesh" ? route.outbound.leaf : "this gateway";
  const reason = `${what}; if it was closed before any answer, intentions may not let ${caller} call ${route.name}`;
  return new ConnectionError({ code: "UPSTREAM_RESET", reason }, { cause: error });
}
