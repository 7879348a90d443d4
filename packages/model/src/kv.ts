import { CatalogTransacted } from "./catalog-transaction.ts";
import { CreateModifyIndex } from "./common.ts";
import { type Static, Type } from "./schema.ts";

/** Longest value of a key, in bytes: Consul's default `kv_max_value_size`. */
export const MAX_KV_VALUE_BYTES = 524_288;

/** Longest key as one token of a subject, in bytes: what leaves room for the rest of a line of NATS' protocol, which has 4,096. */
export const MAX_KV_TOKEN_BYTES = 3_072;

/** Most operations of one transaction, as in Consul. */
export const MAX_TRANSACTION_OPERATIONS = 64;

const Flags = Type.String({
  pattern: "^[0-9]{1,20}$",
  description: "Unsigned 64-bit number, in decimal: as a number it would lose digits.",
});

const Value = Type.String({ description: 'Base64; "" of an empty value.' });

/**
 * Key `entry.<key>`: one key of the key/value store and its value. Every write that changes it is one of the record, and so its
 * ModifyIndex is the record's revision.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/kv
 */
export const KvEntry = Type.Object({
  Value,
  Flags,
  LockIndex: Type.Integer({ minimum: 0, description: "How often it was locked." }),
  Session: Type.Optional(Type.String({ description: "Who has it locked." })),
  ...CreateModifyIndex,
});
export type KvEntry = Static<typeof KvEntry>;

/**
 * Key `session.<ID>`: who can lock keys, for as long as its node and that node's checks are well and it is renewed within its TTL.
 *
 * @see https://developer.hashicorp.com/consul/docs/dynamic-app-config/sessions
 */
export const SessionRecord = Type.Object({
  ID: Type.String({ minLength: 1 }),
  Name: Type.String(),
  Node: Type.String(),
  LockDelay: Type.Integer({ minimum: 0, description: "Nanoseconds." }),
  Behavior: Type.Enum(["release", "delete"], {
    description: "What becomes of the keys that it has locked when it ends.",
  }),
  TTL: Type.String({ description: 'A duration in Go\'s form; "" of a session that needs no renewal.' }),
  NodeChecks: Type.Array(Type.String()),
  Ended: Type.Optional(Type.Boolean({ description: "It locks nothing any more; its keys are being let go." })),
  ...CreateModifyIndex,
});
export type SessionRecord = Static<typeof SessionRecord>;

/** Key `renewal.<session>`: written at each renewal, so that every replica of the owner counts the TTL anew; the session stays as it is. */
export const SessionRenewal = Type.Object({ At: Type.Integer({ description: "Milliseconds since 1970." }) });
export type SessionRenewal = Static<typeof SessionRenewal>;

/** Key `lock-delay.<key>`: there while a key cannot be locked, because a session ended that had it locked. */
export const LockDelay = Type.Object({ Ms: Type.Number({ minimum: 0 }) });
export type LockDelay = Static<typeof LockDelay>;

/** Key `turn`: there while a replica writes the keys of a transaction, so that no other one reads them half written. */
export const KvTurn = Type.Object({ At: Type.Integer({ description: "Since when, in milliseconds since 1970." }) });
export type KvTurn = Static<typeof KvTurn>;

/** A write of one key: only at a revision (`CAS`, 0 for a key that must not exist), or as the holder of a lock. */
export const KvPutRequest = Type.Object({
  Key: Type.String({ minLength: 1 }),
  Value,
  Flags: Type.Optional(Flags),
  CAS: Type.Optional(Type.Integer()),
  Acquire: Type.Optional(Type.String({ description: "Session that locks the key." })),
  Release: Type.Optional(Type.String({ description: "Session that lets it go." })),
});
export type KvPutRequest = Static<typeof KvPutRequest>;

/** What an operation of a transaction does, in Consul's words. */
export const KV_VERBS = [
  "set",
  "cas",
  "lock",
  "unlock",
  "get",
  "get-tree",
  "check-index",
  "check-session",
  "check-not-exists",
  "delete",
  "delete-cas",
  "delete-tree",
] as const;

/** One operation of a transaction. A verb that is unknown fails as that operation. @see https://developer.hashicorp.com/consul/api-docs/txn */
export const KvOperation = Type.Object({
  Verb: Type.String(),
  Key: Type.String(),
  Value: Type.Optional(Value),
  Flags: Type.Optional(Flags),
  Index: Type.Optional(Type.Integer()),
  Session: Type.Optional(Type.String()),
});
export type KvOperation = Static<typeof KvOperation>;

/** A key as a transaction tells of it; without its value but for what was read. */
export const KvResult = Type.Object({ OpIndex: Type.Integer(), Key: Type.String(), Entry: KvEntry });
export type KvResult = Static<typeof KvResult>;

/** What a transaction did, or, when there are errors, why it did nothing. */
export const KvTransacted = Type.Object({
  Results: Type.Array(KvResult),
  Errors: Type.Array(Type.Object({ OpIndex: Type.Integer(), What: Type.String() })),
  Index: Type.Integer({ description: "Revision that shows all of it." }),
  Catalog: Type.Optional(CatalogTransacted),
});
export type KvTransacted = Static<typeof KvTransacted>;

/** A session that is asked for; what it may leave open has been filled in by the agent. */
export const SessionRequest = Type.Object({
  Name: Type.String(),
  Node: Type.String(),
  LockDelay: Type.Integer({ minimum: 0 }),
  Behavior: Type.String(),
  TTL: Type.String(),
  NodeChecks: Type.Array(Type.String()),
});
export type SessionRequest = Static<typeof SessionRequest>;
