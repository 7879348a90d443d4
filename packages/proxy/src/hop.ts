import type { Route, RouteTarget } from "@causeway/routes";
import type { SpanIds } from "@causeway/runtime";
import { targetsOf } from "./failover.ts";

/**
 * Where a hop stands on the way of a ClientHello, counted back from whoever answers it, so that each knows its place from where it goes
 * next: 3 answers it; 2 hands it to whoever does; 1 hands it to a mesh gateway of the target's datacenter; 0 to one of the caller's own.
 */
export type Place = 0 | 1 | 2 | 3;

/** The 32 random bytes of a ClientHello, which every hop on its way sees. */
type Random = { readonly random: Uint8Array };

/** A ClientHello that this proxy has sent, and its own place on the way of it. */
export type SentHello = Random & { readonly role: "sent"; readonly place: 0 | 1 | 2 };

/** The ClientHello that a connection is traced by, and what this proxy has to do with it: that it sent it, passed it on, or answers it. */
export type Hello = SentHello | (Random & { readonly role: "passed" | "answered" });

/** A span elsewhere that has to do with a connection. */
export type SpanLink = { readonly traceId: string; readonly spanId: string };

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;
const NOTHING = "0".repeat(2 * TRACE_BYTES);

// To make a Buffer of each random would give that memory outside of the heap, for every connection.
const copied = Buffer.alloc(TRACE_BYTES + SPAN_BYTES);

/**
 * The ids of a hop's span, made of the hello's random, so that the spans of all hops hang together though none can tell another anything:
 * bytes 0 to 15 are the trace; bytes 16 to 23, the last one XORed with the hop's place, are the span; and whoever did not send the hello
 * stands beneath the place before its own. Whoever sends it takes the place just before the first hop, whichever that is, so that no way
 * leaves a gap.
 *
 * Undefined for a random that makes an illegal id, being zero nearly everywhere.
 *
 * @see https://www.w3.org/TR/trace-context/#trace-id
 */
export function hopIds({ random, role }: Pick<Hello, "random" | "role">, place: Place): SpanIds | undefined {
  for (let i = 0; i < copied.length; i++) copied[i] = random[i] ?? 0;
  const hex = copied.toString("hex");
  const traceId = hex.slice(0, 2 * TRACE_BYTES);
  const common = hex.slice(2 * TRACE_BYTES, 2 * (TRACE_BYTES + SPAN_BYTES - 1));
  if (NOTHING.startsWith(traceId) || NOTHING.startsWith(common)) return undefined;
  const last = random[TRACE_BYTES + SPAN_BYTES - 1] ?? 0;
  const idAt = (at: number) => common + (last ^ at).toString(16).padStart(2, "0");
  const spanId = idAt(place);
  return role === "sent" || place === 0 ? { traceId, spanId } : { traceId, spanId, parentSpanId: idAt(place - 1) };
}

/** The place of a hop, by its route and the name of the target that it goes on to, where they are known. */
export function placeOf(hello: Hello, route: Route | undefined, target: string | undefined): Place {
  if (hello.role === "sent") return hello.place;
  if (hello.role === "answered") return 3;
  // Without a route it is taken for a gateway of the target's datacenter: what that lacks is a service, of which there are more.
  if (route === undefined) return 2;
  return placeBefore(targetsOf(route).find(({ name }) => name === target) ?? route);
}

/** The place of whoever goes on to this target. */
export function placeBefore({ way }: RouteTarget): 0 | 1 | 2 {
  return way === undefined ? 2 : BEFORE_GATEWAYS[way];
}

const BEFORE_GATEWAYS = { "own gateways": 0, "target's gateways": 1 } as const;

/** The place that comes next. */
export function placeAfter(place: 0 | 1 | 2): Place {
  return ([1, 2, 3] as const)[place];
}

/** The first span that whoever is sent this hello makes of it. */
export function firstSpanOf(hello: SentHello): SpanIds | undefined {
  return hopIds(hello, placeAfter(hello.place));
}

const KEY_LOG_LINE = /^\S+ ([0-9a-f]{64}) /;

/**
 * The random of a TLS client's own hello, from a line that Node's `keylog` event gives: the second word. Undefined for a line of another
 * form.
 *
 * @see https://www.ietf.org/archive/id/draft-ietf-tls-keylogfile-02.html
 */
export function randomOfKeyLog(line: Buffer): Uint8Array | undefined {
  const [, hex] = KEY_LOG_LINE.exec(line.toString("latin1")) ?? [];
  return hex === undefined ? undefined : Buffer.from(hex, "hex");
}
