import { type Reply, type Request, VERBS, type Verb, verbSubject } from "@causeway/model";
import { spanned, withRemoteParent } from "@causeway/runtime";
import type { Msg } from "@nats-io/transport-node";
import { checked, decode, type Envelope, encode } from "./codec.ts";
import type { Bus } from "./connection.ts";
import { TooLate, within } from "./deadline.ts";
import { BusError, Refusal } from "./errors.ts";
import { type Answer, spanAttributes } from "./travel.ts";

/** What answers one verb: gives the reply, or throws a `Refusal`. */
export type Handler<V extends Verb> = (request: Request<V>) => Promise<Reply<V>>;

/** The verbs that one service answers. */
export type Handlers<V extends Verb> = { readonly [K in V]: Handler<K> };

/**
 * Answers verbs on the bus until it is drained; what is being answered then is still finished. Replicas of a service share the work:
 * the service's name is their queue group.
 *
 * A request that cannot be read or is against its schema is refused with 400; a failure that is no Refusal is answered with 500 and
 * logged, and harms no other request. One that comes when whoever asked has given up is not carried out: see `within`.
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
    const { request, traceparent, untilMs } = readRequest(verb, message.data);
    const attributes = spanAttributes("process", message.subject);
    const handled = () => within(untilMs, bus.clock, () => handle(request));
    const value = await withRemoteParent(traceparent, () => spanned(verb, attributes, handled, "server"));
    respond(bus, verb, message, { kind: "reply", value });
  } catch (error) {
    if (error instanceof TooLate) {
      bus.log.warn({ verb, reason: error.message }, "request refused");
      return respond(bus, verb, message, { kind: "late", nowMs: error.nowMs });
    }
    const refusal = refusalOf(error);
    if (!(error instanceof Refusal)) bus.log.warn({ verb, reason: refusal.message }, "request failed");
    respond(bus, verb, message, refusal);
  }
}

function readRequest<V extends Verb>(
  verb: V,
  bytes: Uint8Array,
): Omit<Envelope, "value" | "revision"> & { readonly request: Request<V> } {
  try {
    const { value, ...rest } = decode(bytes);
    return { request: checked<Request<V>>(VERBS[verb].request, value, `request ${verb}`), ...rest };
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
