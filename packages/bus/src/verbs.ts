import { isGlobal, type Reply, type Request, VERBS, type Verb, verbSubject } from "@causeway/model";
import { currentTraceparent, spanned, withRemoteParent } from "@causeway/runtime";
import { type Msg, NoRespondersError, RequestError, TimeoutError } from "@nats-io/transport-node";
import { checked, decode, encode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { BusError, Refusal } from "./errors.ts";
import { forbidden, violationIn } from "./refused.ts";

/** What answers one verb: gives the reply, or throws a `Refusal`. */
export type Handler<V extends Verb> = (request: Request<V>) => Promise<Reply<V>>;

/** The verbs that one service answers. */
export type Handlers<V extends Verb> = { readonly [K in V]: Handler<K> };

/** How a reply travels. */
type Answer =
  | { readonly kind: "reply"; readonly value: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly message: string };

const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Answers verbs on the bus until it is drained; what is being answered then is still finished. Replicas of a service share the work:
 * the service's name is their queue group.
 *
 * A request that cannot be read or is against its schema is refused with 400; a failure that is no Refusal is answered with 500 and
 * logged, and harms no other request.
 *
 * @param of - the names of this process, where each is asked by itself.
 */
export function answer<V extends Verb>(bus: Bus, handlers: Handlers<V>, of: readonly string[] = []): void {
  const underWay = new Set<Promise<void>>();
  const subscriptions = (Object.keys(handlers) as V[]).map((verb) => {
    const [service = ""] = verb.split(".");
    return bus.connection.subscribe(verbSubject(bus.datacenter, verb, of), {
      queue: service,
      callback: (error, message) => {
        // The connection's log has told of it.
        if (error !== null) return;
        const answering = answerOne(bus, verb, handlers[verb], message).finally(() => underWay.delete(answering));
        underWay.add(answering);
      },
    });
  });
  bus.beforeClose(async () => {
    // One that NATS did not allow is over.
    const open = subscriptions.filter((subscription) => !subscription.isClosed());
    await Promise.all(open.map((subscription) => subscription.drain()));
    await Promise.all(underWay);
  });
}

/** Never throws: nobody is left to catch it. */
async function answerOne<V extends Verb>(bus: Bus, verb: V, handle: Handler<V>, message: Msg): Promise<void> {
  try {
    const { request, traceparent } = readRequest(verb, message.data);
    const attributes = spanAttributes("process", message.subject);
    const value = await withRemoteParent(traceparent, () => spanned(verb, attributes, () => handle(request), "server"));
    respond(bus, verb, message, { kind: "reply", value });
  } catch (error) {
    const refusal = refusalOf(error);
    if (!(error instanceof Refusal)) bus.log.warn({ verb, reason: refusal.message }, "request failed");
    respond(bus, verb, message, refusal);
  }
}

function readRequest<V extends Verb>(verb: V, bytes: Uint8Array): { request: Request<V>; traceparent?: string } {
  try {
    const { value, ...trace } = decode(bytes);
    return { request: checked<Request<V>>(VERBS[verb].request, value, `request ${verb}`), ...trace };
  } catch (cause) {
    throw cause instanceof BusError ? new Refusal(400, cause.message) : cause;
  }
}

/** Sends an answer. One that cannot be sent, being larger than the server takes, say, becomes a refusal that tells so. */
function respond(bus: Bus, verb: Verb, message: Msg, answered: Answer): void {
  try {
    message.respond(encode({ value: answered }));
  } catch (error) {
    const refusal = refusalOf(error);
    bus.log.warn({ verb, reason: refusal.message }, "answer not sent");
    if (answered.kind === "reply") respond(bus, verb, message, refusal);
  }
}

function refusalOf(error: unknown): Extract<Answer, { kind: "refused" }> {
  if (error instanceof Refusal) return { kind: "refused", status: error.status, message: error.message };
  return { kind: "refused", status: 500, message: error instanceof Error ? error.message : String(error) };
}

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
 * Asks a control-plane service and gives its reply.
 *
 * Throws the `Refusal` of the service, or a BusError: `NO_SERVICE` when none is running, `NO_PATH` when that of another datacenter cannot
 * be reached, `TIMEOUT`.
 */
export function ask<V extends Verb>(
  bus: Bus,
  verb: V,
  asked: Request<V>,
  { timeoutMs = DEFAULT_TIMEOUT_MS, datacenter = answering(bus, verb), of = [] }: AskOptions = {},
): Promise<Reply<V>> {
  const subject = verbSubject(datacenter, verb, of);
  const asking = async () => {
    const traceparent = currentTraceparent();
    const payload = encode(traceparent === undefined ? { value: asked } : { value: asked, traceparent });
    const message = await (datacenter === bus.datacenter
      ? requestHere(bus, subject, payload, timeoutMs)
      : requestThere(bus, datacenter, subject, payload, timeoutMs));
    const answered = decode(message.data).value as Answer;
    if (answered.kind === "refused") throw new Refusal(answered.status, answered.message);
    return checked<Reply<V>>(VERBS[verb].reply, answered.value, `reply to ${verb}`);
  };
  return spanned(verb, spanAttributes("send", subject), asking, "client");
}

/** @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
function spanAttributes(operation: "send" | "process", subject: string) {
  return {
    "messaging.system": "nats",
    "messaging.operation.type": operation,
    "messaging.destination.name": subject,
  };
}

function answering(bus: Bus, verb: Verb): string {
  return isGlobal(verb) ? bus.primaryDatacenter : bus.datacenter;
}

function requestHere(bus: Bus, subject: string, payload: Uint8Array, timeoutMs: number): Promise<Msg> {
  return request(bus, subject, payload, timeoutMs).catch((cause: unknown) => {
    if (isNoResponders(cause)) throw new BusError({ code: "NO_SERVICE", subject }, { cause });
    throw refused(cause, bus) ?? late(cause, subject, timeoutMs);
  });
}

/** Gives up as soon as the datacenter has fallen silent: an answer that was lost on the way is not worth the wait. */
async function requestThere(
  bus: Bus,
  datacenter: string,
  subject: string,
  payload: Uint8Array,
  timeoutMs: number,
): Promise<Msg> {
  const noPath = (cause?: unknown) => new BusError({ code: "NO_PATH", datacenter, subject }, { cause });
  if (bus.paths.state(datacenter) === "silent") throw noPath();
  const answered = new AbortController();
  const silence = bus.paths.whenSilent(datacenter, answered.signal).then(() => {
    if (!answered.signal.aborted) throw noPath();
    return NEVER;
  });
  try {
    return await Promise.race([request(bus, subject, payload, timeoutMs), silence]);
  } catch (cause) {
    throw isNoResponders(cause) ? noPath(cause) : (refused(cause, bus) ?? late(cause, subject, timeoutMs));
  } finally {
    answered.abort();
  }
}

const NEVER = new Promise<never>(() => {});

async function request(bus: Bus, subject: string, payload: Uint8Array, timeoutMs: number): Promise<Msg> {
  const deadline = performance.now() + timeoutMs;
  await bus.whenConnected(timeoutMs);
  return await bus.connection.request(subject, payload, { timeout: Math.max(1, deadline - performance.now()) });
}

function refused(cause: unknown, bus: Bus): BusError | undefined {
  const violation = violationIn(cause);
  return violation === undefined ? undefined : forbidden(violation, bus.role, cause);
}

function late(cause: unknown, subject: string, waitedMs: number): unknown {
  return isLate(cause) ? new BusError({ code: "TIMEOUT", subject, waitedMs }, { cause }) : cause;
}

function isLate(error: unknown): boolean {
  return error instanceof TimeoutError || (error instanceof BusError && error.failure.code === "DISCONNECTED");
}

function isNoResponders(error: unknown): boolean {
  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
