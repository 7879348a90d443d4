import { isGlobal, type Reply, type Request, VERBS, type Verb, verbSubject } from "@causeway/model";
import { currentTraceparent, spanned } from "@causeway/runtime";
import { type Msg, NoRespondersError, RequestError, TimeoutError } from "@nats-io/transport-node";
import { checked, decode, encode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { refuseLate } from "./deadline.ts";
import { BusError, type Outcome, Refusal } from "./errors.ts";
import { forbidden, violationIn } from "./refused.ts";
import { type Answer, spanAttributes } from "./travel.ts";

const DEFAULT_TIMEOUT_MS = 5_000;

/** How often one request is sent again that was refused as late: each replica may have a clock of its own. */
const MAX_SENDINGS = 4;

/** How a question is asked. */
export type AskOptions = {
  /** 5 s unless told. */
  readonly timeoutMs?: number;
  /** Who is asked: for a global verb the primary datacenter unless told, for any other one this datacenter. */
  readonly datacenter?: string;
  /** The names of the one process that is meant, where each is asked by itself. */
  readonly of?: readonly string[];
};

/**
 * Asks a control-plane service and gives its reply. Whoever is asked is told until when that is waited for, and does nothing later.
 *
 * Throws the `Refusal` of the service, or a BusError: `NO_SERVICE` when none is running, `NO_PATH` when that of another datacenter cannot
 * be reached, `TIMEOUT`, `CLOCKS_DIFFER`. The outcome of the second and third may be unknown, and they say so.
 */
export function ask<V extends Verb>(
  bus: Bus,
  verb: V,
  asked: Request<V>,
  { timeoutMs = DEFAULT_TIMEOUT_MS, datacenter = answering(bus, verb), of = [] }: AskOptions = {},
): Promise<Reply<V>> {
  const subject = verbSubject(datacenter, verb, of);
  const send = datacenter === bus.datacenter ? requestHere : requestThere;
  const asking = async () => {
    // Who asks in order to answer somebody else, and nobody waits for that any more, does not begin anything by it.
    refuseLate();
    const traceparent = currentTraceparent();
    const envelope = traceparent === undefined ? { value: asked } : { value: asked, traceparent };
    const answered = await withinTime(bus, subject, timeoutMs, async (untilMs, leftMs) => {
      const payload = encode({ ...envelope, untilMs });
      const { data } = await send({ bus, datacenter, subject, payload, leftMs, timeoutMs });
      return decode(data).value as Answer;
    });
    if (answered.kind === "refused") throw new Refusal(answered.status, answered.message);
    return checked<Reply<V>>(VERBS[verb].reply, answered.value, `reply to ${verb}`);
  };
  return spanned(verb, spanAttributes("send", subject), asking, "client");
}

/**
 * Sends a request that says until when its answer is waited for. Clocks may differ: what is refused as late while it is waited for cannot
 * be late, and nothing has been done for it; so it is sent again, with the same moment as that clock has it.
 *
 * One that is behind takes requests for as much too long; those that are set by NTP differ by less than an answer's way.
 */
async function withinTime(
  { clock }: Bus,
  subject: string,
  timeoutMs: number,
  send: (untilMs: number, leftMs: number) => Promise<Answer>,
): Promise<Exclude<Answer, { kind: "late" }>> {
  const startedAt = performance.now();
  let byMs = 0;
  for (let sendings = 0; sendings < MAX_SENDINGS; sendings++) {
    const leftMs = timeoutMs - (performance.now() - startedAt);
    const answered = await send(clock.now() + byMs + leftMs, leftMs);
    if (answered.kind !== "late") return answered;
    byMs = answered.nowMs - clock.now();
  }
  throw new BusError({ code: "CLOCKS_DIFFER", subject, byMs });
}

function answering(bus: Bus, verb: Verb): string {
  return isGlobal(verb) ? bus.primaryDatacenter : bus.datacenter;
}

/** A request that is sent once. */
type Sending = {
  readonly bus: Bus;
  readonly datacenter: string;
  readonly subject: string;
  readonly payload: Uint8Array;
  /** How long its answer is waited for now, and how long in all. */
  readonly leftMs: number;
  readonly timeoutMs: number;
};

function requestHere(sending: Sending): Promise<Msg> {
  const { bus, subject } = sending;
  return request(sending).catch((cause: unknown) => {
    if (isNoResponders(cause)) throw new BusError({ code: "NO_SERVICE", subject }, { cause });
    throw refused(cause, bus) ?? late(cause, sending);
  });
}

/** Gives up as soon as the datacenter has fallen silent: an answer that was lost on the way is not worth the wait. */
async function requestThere(sending: Sending): Promise<Msg> {
  const { bus, datacenter, subject } = sending;
  const noPath = (outcome: Outcome, cause?: unknown) =>
    new BusError({ code: "NO_PATH", datacenter, subject, outcome }, { cause });
  if (bus.paths.state(datacenter) === "silent") throw noPath("not done");
  const answered = new AbortController();
  const silence = bus.paths.whenSilent(datacenter, answered.signal).then(() => {
    if (!answered.signal.aborted) throw noPath("unknown");
    return NEVER;
  });
  try {
    return await Promise.race([request(sending), silence]);
  } catch (cause) {
    throw isNoResponders(cause) ? noPath("not done", cause) : (refused(cause, bus) ?? late(cause, sending));
  } finally {
    answered.abort();
  }
}

const NEVER = new Promise<never>(() => {});

async function request({ bus, subject, payload, leftMs, timeoutMs }: Sending): Promise<Msg> {
  const deadline = performance.now() + leftMs;
  await bus.whenConnected(leftMs).catch((cause: unknown) => {
    throw new BusError({ code: "TIMEOUT", subject, waitedMs: timeoutMs, outcome: "not done" }, { cause });
  });
  return await bus.connection.request(subject, payload, { timeout: Math.max(1, deadline - performance.now()) });
}

function refused(cause: unknown, bus: Bus): BusError | undefined {
  const violation = violationIn(cause);
  return violation === undefined ? undefined : forbidden(violation, bus.role, cause);
}

function late(cause: unknown, { subject, timeoutMs: waitedMs }: Sending): unknown {
  if (!(cause instanceof TimeoutError)) return cause;
  return new BusError({ code: "TIMEOUT", subject, waitedMs, outcome: "unknown" }, { cause });
}

function isNoResponders(error: unknown): boolean {
  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
