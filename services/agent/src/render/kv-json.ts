import type { SessionRecord } from "@causeway/model";
import type { KvPair } from "../views/kv-view.ts";
import type { Json } from "./catalog-json.ts";

/** A key and its value, in base64; an empty value is null. */
export function pairJson({ key: Key, entry }: KvPair): Json {
  const { LockIndex, Flags, Value, Session, CreateIndex, ModifyIndex } = entry;
  const lock = Session === undefined ? {} : { Session };
  return { LockIndex, Key, Flags: uint64Json(Flags), Value: Value || null, ...lock, CreateIndex, ModifyIndex };
}

/** A session; checks of services are not among what it depends on. */
export function sessionJson(session: SessionRecord): Json {
  const { ID, Name, Node, LockDelay, Behavior, TTL, NodeChecks, CreateIndex, ModifyIndex } = session;
  const lists = { NodeChecks: NodeChecks.length === 0 ? null : NodeChecks, ServiceChecks: null };
  return { ID, Name, Node, LockDelay, Behavior, TTL, ...lists, CreateIndex, ModifyIndex };
}

/** `JSON.rawJSON`, which TypeScript does not know yet: it puts digits into JSON that a number would lose. */
type RawJson = { readonly rawJSON: (text: string) => unknown };

function uint64Json(decimal: string): unknown {
  const value = Number(decimal);
  return Number.isSafeInteger(value) ? value : (JSON as unknown as RawJson).rawJSON(decimal);
}
