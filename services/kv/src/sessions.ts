import { type Handlers, Refusal, recordNames } from "@causeway/bus";
import {
  durationNs,
  type Reply,
  type Request,
  type SessionRecord,
  type SessionRequest,
  type Written,
  withIndexes,
} from "@causeway/model";
import { released } from "./entry.ts";
import type { Store } from "./store.ts";

const MIN_TTL_NS = 10 * 1e9;
const MAX_TTL_NS = 24 * 3_600 * 1e9;

/** A session that is not renewed lives twice its TTL, as in Consul, so that a late renewal still counts. */
const TTL_GRACE = 2;

/** The longest that a key can be kept from being locked again. */
const MAX_LOCK_DELAY_MS = 60_000;

/** The verbs of sessions. @see https://developer.hashicorp.com/consul/api-docs/session */
export function sessionVerbs(store: Store): Handlers<"kv.create-session" | "kv.destroy-session" | "kv.renew-session"> {
  return {
    "kv.create-session": (request) => create(store, request),
    "kv.destroy-session": ({ ID }) => endSession(store, ID),
    "kv.renew-session": ({ ID }) => renew(store, ID),
  };
}

/** Whether a session is there and has not ended. */
export async function canLock({ bucket }: Pick<Store, "bucket">, id: string): Promise<boolean> {
  const stored = await bucket.get("session", id);
  return stored !== undefined && stored.value.Ended !== true;
}

/** How long after its last renewal a session ends, in milliseconds; undefined of one that needs none. */
export function lifetimeMs({ TTL }: Pick<SessionRecord, "TTL">): number | undefined {
  const ns = durationNs(TTL) ?? 0;
  return ns === 0 ? undefined : (ns * TTL_GRACE) / 1e6;
}

async function create(
  store: Store,
  { Token: _, ...request }: Request<"kv.create-session">,
): Promise<Reply<"kv.create-session">> {
  checkTtl(request.TTL);
  await store.nodes.catchUp();
  const problem = unhealthy(store, request);
  if (problem !== undefined) throw new Refusal(500, problem);
  const { Behavior } = request;
  if (Behavior !== "release" && Behavior !== "delete") throw new Refusal(500, `Invalid session behavior: ${Behavior}`);
  const ID = store.newId();
  const record = { ...request, Behavior, ID, CreateIndex: 0, ModifyIndex: 0 } satisfies SessionRecord;
  return { ID, Index: await store.bucket.create("session", [ID], record) };
}

function checkTtl(ttl: string): void {
  if (ttl === "") return;
  const ns = durationNs(ttl);
  if (ns === undefined)
    throw new Refusal(400, `Request decode failed: Session TTL '${ttl}' invalid: time: invalid duration ${ttl}`);
  if (ns === 0 || (ns >= MIN_TTL_NS && ns <= MAX_TTL_NS)) return;
  throw new Refusal(500, `Invalid Session TTL '${ns}', must be between [10s=24h0m0s]`);
}

/** Why a session cannot be on its node, in Consul's words; undefined when it can. */
export function unhealthy({ nodes }: Pick<Store, "nodes">, { Node, NodeChecks }: SessionRequest): string | undefined {
  const node = nodes.get("node", Node)?.value;
  if (node === undefined) return "Missing node registration";
  for (const id of NodeChecks) {
    const check = node.Checks.find(({ CheckID }) => CheckID === id);
    if (check === undefined) return `Missing check '${id}' registration`;
    if (check.Status === "critical") return `Check '${id}' is in ${check.Status} state`;
  }
  return undefined;
}

async function renew({ bucket, clock }: Store, id: string): Promise<Reply<"kv.renew-session">> {
  if (!(await canLock({ bucket }, id))) return { Found: false };
  await bucket.change("renewal", [id], () => ({ At: clock.now() }));
  return { Found: true };
}

/**
 * Ends a session and lets go what it has locked. It is marked first, so that it locks nothing any more, and removed last: whoever ends
 * after a crash begins again. Ending one that is not there does nothing.
 */
export async function endSession({ bucket, mirror, held }: Store, id: string): Promise<Written> {
  let session: SessionRecord | undefined;
  const marked = await bucket.change("session", [id], (stored) => {
    session = stored && withIndexes(stored.value, stored.revision);
    return stored?.value.Ended === true || session === undefined ? stored?.value : { ...session, Ended: true };
  });
  if (session === undefined) return { Index: 0 };
  await mirror.reach(marked);
  let Index = marked;
  for (const key of held.of(id)) Index = Math.max(Index, await letGo({ bucket }, key, session));
  await bucket.change("renewal", [id], () => undefined);
  return { Index: Math.max(Index, await bucket.change("session", [id], () => undefined)) };
}

async function letGo(
  { bucket }: Pick<Store, "bucket">,
  key: string,
  { ID, Behavior, LockDelay }: Pick<SessionRecord, "ID" | "Behavior" | "LockDelay">,
): Promise<number> {
  const Ms = Math.min(LockDelay / 1e6, MAX_LOCK_DELAY_MS);
  if (Ms > 0) await bucket.change("lock-delay", [key], () => ({ Ms }));
  return bucket.change("entry", [key], (stored) => {
    if (stored?.value.Session !== ID) return stored?.value;
    return Behavior === "delete" ? undefined : released(stored);
  });
}

/** Ends what a crash left half ended: sessions that are marked, locks and renewals of sessions that are gone. */
export async function finishEnding(store: Store): Promise<void> {
  await store.mirror.catchUp();
  for (const [recordKey, { value }] of [...store.mirror.entries()]) {
    const { kind, names } = recordNames(recordKey);
    const [id = ""] = names;
    if (kind === "session" && "Ended" in value && value.Ended === true) await endSession(store, id);
    // Written by a renewal just while its session ended.
    if (kind === "renewal" && store.mirror.get("session", id) === undefined) {
      await store.bucket.change("renewal", [id], () => undefined);
    }
  }
  for (const ID of store.held.sessions()) {
    if (store.mirror.get("session", ID) !== undefined) continue;
    for (const key of store.held.of(ID)) await letGo(store, key, { ID, Behavior: "release", LockDelay: 0 });
  }
}
