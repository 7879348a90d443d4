import { type Reply, type Request, VERBS, type Verb, verbSubject } from "@causeway/model";
import { currentTraceparent, withRemoteParent } from "@causeway/runtime";
import { type Msg, NoRespondersError, RequestError, TimeoutError } from "@nats-io/transport-node";
import { checked, decode, encode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { BusError, Refusal } from "./errors.ts";

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
 * Answers verbs on the bus until it is drained. Replicas of a service share the work: the service's name is their queue group.
 *
 * A request against its schema is refused with 400; a failure that is no Refusal is answered with 500 and logged, and harms no other
 * request.
 */
export function answer<V extends Verb>(bus: Bus, handlers: Handlers<V>): void {
  for (const verb of Object.keys(handlers) as V[]) {
    const [service = ""] = verb.split(".");
    bus.connection.subscribe(verbSubject(bus.datacenter, verb), {
      queue: service,
      callback: (error, message) => {
        if (error === null) void answerOne(bus, verb, handlers[verb], message);
      },
    });
  }
}

async function answerOne<V extends Verb>(bus: Bus, verb: V, handle: Handler<V>, message: Msg): Promise<void> {
  let answered: Answer;
  try {
    const { value, traceparent } = decode(message.data);
    const request = checked<Request<V>>(VERBS[verb].request, value, `request ${verb}`);
    answered = { kind: "reply", value: await withRemoteParent(traceparent, () => handle(request)) };
  } catch (error) {
    answered = refusalOf(error);
    if (!(error instanceof Refusal)) bus.log.warn({ verb, reason: answered.message }, "request failed");
  }
  message.respond(encode({ value: answered }));
}

function refusalOf(error: unknown): Extract<Answer, { kind: "refused" }> {
  if (error instanceof Refusal) return { kind: "refused", status: error.status, message: error.message };
  const status = error instanceof BusError && error.failure.code === "INVALID" ? 400 : 500;
  return { kind: "refused", status, message: error instanceof Error ? error.message : String(error) };
}

/**
 * Asks a control-plane service and gives its reply.
 *
 * Throws the `Refusal` of the service, or a BusError `NO_SERVICE` when none is running, or `TIMEOUT`.
 */
export async function ask<V extends Verb>(
  bus: Bus,
  verb: V,
  request: Request<V>,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<Reply<V>> {
  const subject = verbSubject(bus.datacenter, verb);
  const traceparent = currentTraceparent();
  const payload = encode(traceparent === undefined ? { value: request } : { value: request, traceparent });
  const message = await bus.connection.request(subject, payload, { timeout: timeoutMs }).catch((cause: unknown) => {
    if (isNoResponders(cause)) throw new BusError({ code: "NO_SERVICE", subject }, { cause });
    if (cause instanceof TimeoutError) throw new BusError({ code: "TIMEOUT", subject, waitedMs: timeoutMs }, { cause });
    throw cause;
  });
  const answered = decode(message.data).value as Answer;
  if (answered.kind === "refused") throw new Refusal(answered.status, answered.message);
  return checked<Reply<V>>(VERBS[verb].reply, answered.value, `reply to ${verb}`);
}

function isNoResponders(error: unknown): boolean {
  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
