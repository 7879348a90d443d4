import { AclPolicyRequest, AclRoleRequest, AclTokenRequest } from "./acl.ts";
import { CaConfiguration, SignedIntermediate, SignedLeaf } from "./ca.ts";
import { CatalogOperation, CatalogTransacted } from "./catalog-transaction.ts";
import { StringMap } from "./common.ts";
import { FederationState } from "./federation.ts";
import { Action, SourceIntention } from "./intention.ts";
import { KvOperation, KvPutRequest, KvTransacted, SessionRequest } from "./kv.ts";
import { JoinRequest } from "./membership.ts";
import { DeregisterRequest, RegisterRequest } from "./registration.ts";
import { type Static, type TSchema, Type } from "./schema.ts";
import { keyOf, keyToken } from "./tokens.ts";

/** The revision that a write has reached in the owner's bucket: a reader whose mirror is that far sees the write. */
export const Written = Type.Object({ Index: Type.Integer() });
export type Written = Static<typeof Written>;

/** An intention between two names, as the legacy endpoints carry it. Of the namespaces only "default" exists. */
export const IntentionRequest = Type.Object({
  SourceName: Type.String(),
  DestinationName: Type.String(),
  SourceNS: Type.Optional(Type.String()),
  DestinationNS: Type.Optional(Type.String()),
  SourceType: Type.Optional(Type.String({ description: '"consul", which is also meant when it is absent or empty.' })),
  Action: Type.String(),
  Description: Type.Optional(Type.String()),
  Meta: Type.Optional(Type.Union([StringMap, Type.Null()])),
});
export type IntentionRequest = Static<typeof IntentionRequest>;

const ConfigWritten = {
  Bucket: Type.String({ description: '"config-entries", or "intentions" for what was handed on.' }),
  Index: Type.Integer({ description: "Revision of that bucket that shows the write." }),
  CatalogIndex: Type.Optional(
    Type.Integer({
      description: "Revision of the bucket `catalog` that shows what follows from the write: gateway links.",
    }),
  ),
};

/** The secret of the token by which something is asked; "" is the anonymous one's. */
const Token = Type.String({ secret: true });
/** Who asks an owner that decides by itself where ACLs are enabled. */
const By = { Token: Type.Optional(Token) };
const Identified = Type.Object({ ID: Type.String(), Index: Type.Integer() });

/** Whether a write took place, and the revision that shows what holds since. */
const KvApplied = Type.Object({ Applied: Type.Boolean(), Index: Type.Integer() });

/** A part of a bucket as it was at one revision. */
const BucketPart = Type.Object({
  MadeAt: Type.String({ description: "When the bucket was made; revisions of another one mean nothing in it." }),
  Revision: Type.Integer({ description: "All that was written up to it is in here, and nothing later." }),
  Records: Type.Array(
    Type.Object({
      Key: Type.String(),
      Revision: Type.Integer(),
      Packed: Type.Unknown({ description: "The value in bytes, as it is kept in a bucket." }),
    }),
  ),
});

const Pair = { Source: Type.String(), Destination: Type.String() };
const Decided = Type.Object({ Action, By: Type.Union([SourceIntention, Type.Null()]) });

/**
 * Every verb that a control-plane service answers, as `<service>.<verb>`: what is asked and what is answered.
 *
 * A refusal is `{ status, message }` with the HTTP status that the agent gives and Consul's own text. A verb that is `global` is
 * answered in the primary datacenter, for all of them; any other one in each datacenter for itself.
 */
export const VERBS = {
  /**
   * Says that an agent is alive, which needs no token: its node, `serfHealth` and the server's service are there since. What else is
   * known of the node stays as it is, and is for whoever may write it.
   */
  "catalog.join": { request: JoinRequest, reply: Written },
  /** Says that an agent goes: its node leaves the catalog, with all that is on it, and is a member that has left. */
  "catalog.leave": { request: JoinRequest, reply: Written },
  /** Says of an agent that has failed that it has left. One that is alive stays; `Prune` forgets as well one that has left. */
  "catalog.force-leave": {
    request: Type.Object({ Node: Type.String({ minLength: 1 }), Prune: Type.Boolean(), ...By }),
    reply: Written,
  },
  "catalog.register": { request: Type.Object({ ...RegisterRequest.properties, ...By }), reply: Written },
  "catalog.deregister": { request: Type.Object({ ...DeregisterRequest.properties, ...By }), reply: Written },
  "catalog.transact": {
    request: Type.Object({
      Operations: Type.Array(CatalogOperation),
      Rehearse: Type.Optional(Type.Boolean({ description: "Only says what would be in the way." })),
      ...By,
    }),
    reply: CatalogTransacted,
  },
  /** Answers once what follows from config entries up to `Revision` can be read in the bucket `catalog`. */
  "catalog.reflect": { request: Type.Object({ Revision: Type.Integer() }), reply: Written },
  /**
   * Gives the records of the bucket `catalog` whose keys go on after `Kind` and `Names`, once all up to `Revision` has been read; refused
   * with 413 when they are too large for one message. For those who may read that bucket anyway.
   */
  "catalog.read": {
    request: Type.Object({ Kind: Type.String(), Names: Type.Array(Type.String()), Revision: Type.Integer() }),
    reply: BucketPart,
  },
  "config-entries.apply": {
    global: true,
    request: Type.Object({ Entry: Type.Unknown(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Type.Object({ Applied: Type.Boolean(), ...ConfigWritten }),
  },
  "config-entries.delete": {
    global: true,
    request: Type.Object({ Kind: Type.String(), Name: Type.String(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Type.Object({ Deleted: Type.Boolean(), ...ConfigWritten }),
  },
  "intentions.create": {
    global: true,
    request: Type.Object({ ...IntentionRequest.properties, ...By }),
    reply: Type.Object({ ID: Type.String(), Index: Type.Integer() }),
  },
  "intentions.update": {
    global: true,
    request: Type.Object({ ID: Type.String(), Intention: IntentionRequest, ...By }),
    reply: Written,
  },
  "intentions.upsert": {
    global: true,
    request: Type.Object({ ...IntentionRequest.properties, ...By }),
    reply: Written,
  },
  "intentions.delete": {
    global: true,
    request: Type.Union([Type.Object({ ID: Type.String(), ...By }), Type.Object({ ...Pair, ...By })]),
    reply: Written,
  },
  "intentions.apply-entry": {
    global: true,
    request: Type.Object({ Entry: Type.Unknown(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Type.Object({ Applied: Type.Boolean(), Index: Type.Integer() }),
  },
  "intentions.delete-entry": {
    global: true,
    request: Type.Object({ Name: Type.String(), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: Type.Object({ Deleted: Type.Boolean(), Index: Type.Integer() }),
  },
  "intentions.match": {
    request: Type.Object({
      By: Type.Union([Type.Literal("source"), Type.Literal("destination")]),
      Name: Type.String(),
    }),
    reply: Type.Array(Type.Object({ Destination: Type.String(), Source: SourceIntention })),
  },
  "intentions.check": { request: Type.Object(Pair), reply: Decided },
  /** Where ACLs are enabled, `Token` must be that of who may write the service whose leaf it is. */
  "ca.sign-leaf": {
    request: Type.Object({ CSR: Type.String(), Token: Type.Optional(Token) }),
    reply: SignedLeaf,
  },
  /** The configuration as its operator wrote it, a private key of his own included, which the bucket never holds: for operators only. */
  "ca.configuration": { global: true, request: Type.Object(By), reply: CaConfiguration },
  "ca.configure": {
    global: true,
    request: Type.Object({ Configuration: Type.Partial(CaConfiguration), ...By }),
    reply: Written,
  },
  /** Replaces the key that the CA of this datacenter seals its own with, or with `ForgetOlder` removes those before it: for operators only. */
  "ca.rotate-seal-key": {
    request: Type.Object({ ForgetOlder: Type.Optional(Type.Boolean()), ...By }),
    reply: Type.Object({
      SealKeyID: Type.String(),
      Resealed: Type.Integer({ minimum: 0 }),
      OlderSealKeyIDs: Type.Array(Type.String()),
      ForgottenSealKeyIDs: Type.Array(Type.String()),
    }),
  },
  /** What the CA of a datacenter that is not the primary one signs with, in that one; the public part. */
  "ca.intermediate": { request: Type.Object({}), reply: SignedIntermediate },
  /** For the CA of another datacenter, which signs the leaves there. */
  "ca.sign-intermediate": {
    global: true,
    request: Type.Object({ Datacenter: Type.String({ minLength: 1 }), CSR: Type.String() }),
    reply: SignedIntermediate,
  },
  /** Says how the datacenter that asks is reached; older information than what is known changes nothing. */
  "federation.publish": {
    global: true,
    request: Type.Object({ State: FederationState }),
    reply: Written,
  },
  /** Removes what is known of a datacenter that is gone for good; refused while its heartbeat is heard, which takes up to 4 s to tell. */
  "federation.forget": {
    global: true,
    request: Type.Object({ Datacenter: Type.String({ minLength: 1 }) }),
    reply: Type.Object({ Deleted: Type.Boolean(), Index: Type.Integer() }),
  },
  /** Makes the first management token; refused ever after, until an operator allows it once more. */
  "acl.bootstrap": { global: true, request: Type.Object({}), reply: Identified },
  "acl.put-policy": { global: true, request: Type.Object({ Token, Policy: AclPolicyRequest }), reply: Identified },
  "acl.delete-policy": { global: true, request: Type.Object({ Token, ID: Type.String() }), reply: Written },
  "acl.put-role": { global: true, request: Type.Object({ Token, Role: AclRoleRequest }), reply: Identified },
  "acl.delete-role": { global: true, request: Type.Object({ Token, ID: Type.String() }), reply: Written },
  /** Makes a token; `Datacenter` is where a local one holds. The ID of a token is its AccessorID. */
  "acl.create-token": {
    global: true,
    request: Type.Object({ Token, Datacenter: Type.String(), Wanted: AclTokenRequest }),
    reply: Identified,
  },
  "acl.update-token": { global: true, request: Type.Object({ Token, Wanted: AclTokenRequest }), reply: Identified },
  "acl.clone-token": {
    global: true,
    request: Type.Object({ Token, ID: Type.String(), Description: Type.String() }),
    reply: Identified,
  },
  "acl.delete-token": { global: true, request: Type.Object({ Token, ID: Type.String() }), reply: Written },
  "kv.put": { request: Type.Object({ ...KvPutRequest.properties, ...By }), reply: KvApplied },
  "kv.delete": {
    request: Type.Object({ Key: Type.String({ minLength: 1 }), CAS: Type.Optional(Type.Integer()), ...By }),
    reply: KvApplied,
  },
  /** Deletes every key that begins with `Prefix`; "" stands for all. */
  "kv.delete-tree": { request: Type.Object({ Prefix: Type.String(), ...By }), reply: Written },
  /** With operations on the catalog, both are checked first, and the keys are put back when the catalog then refuses all the same. */
  "kv.transact": {
    request: Type.Object({
      Operations: Type.Array(KvOperation),
      Catalog: Type.Optional(Type.Array(CatalogOperation)),
      ...By,
    }),
    reply: KvTransacted,
  },
  "kv.create-session": {
    request: Type.Object({ ...SessionRequest.properties, ...By }),
    reply: Type.Object({ ID: Type.String(), Index: Type.Integer() }),
  },
  /** Ends a session, and lets go what it has locked. */
  "kv.destroy-session": { request: Type.Object({ ID: Type.String(), ...By }), reply: Written },
  /** Begins a session's TTL anew. */
  "kv.renew-session": {
    request: Type.Object({ ID: Type.String(), ...By }),
    reply: Type.Object({ Found: Type.Boolean() }),
  },
  /** A request to the HTTP API of another datacenter, which any of its agents answers. */
  "agent.http": {
    request: Type.Object({
      Method: Type.String(),
      /** Decoded, without the query. */
      Path: Type.String(),
      Query: Type.String({ description: "As in a URL, without `?` and without `dc`." }),
      Headers: StringMap,
      Body: Type.String(),
      BodyBase64: Type.Optional(Type.Boolean({ description: "The body is no UTF-8, and so in base64." })),
      Inbox: Type.String({ description: "Subject for an answer that is too large for one message, or no UTF-8." }),
      UnlessUnchanged: Type.Optional(
        Type.Boolean({
          description: "A wait that ends without a change is answered by 304 alone: who asks will ask again.",
        }),
      ),
    }),
    reply: Type.Object({
      Status: Type.Integer(),
      Headers: StringMap,
      Body: Type.String({ description: "Empty when it is sent in parts." }),
      Parts: Type.Optional(Type.Integer({ description: "In how many parts the body is sent to the inbox." })),
    }),
  },
  /** One page of a proxy's admin port. Each proxy is asked by itself: see `verbSubject`. */
  "proxy.page": {
    request: Type.Object({
      Url: Type.String({ description: "Path and query of the page." }),
      Inbox: Type.String({ description: "Subject for a page that is too large for one message." }),
    }),
    reply: Type.Object({
      Status: Type.Integer(),
      ContentType: Type.String(),
      Body: Type.String({ description: "Empty when it is sent in parts." }),
      Parts: Type.Optional(Type.Integer({ description: "In how many parts the body is sent to the inbox." })),
    }),
  },
} as const satisfies Record<string, { readonly request: TSchema; readonly reply: TSchema; readonly global?: true }>;

export type Verb = keyof typeof VERBS;
export type Request<V extends Verb> = Static<(typeof VERBS)[V]["request"]>;
export type Reply<V extends Verb> = Static<(typeof VERBS)[V]["reply"]>;

/** Whether `verb` is answered in the primary datacenter only. */
export function isGlobal(verb: Verb): boolean {
  return "global" in VERBS[verb];
}

/**
 * The subject on which a datacenter says, once a second, that it is there: `causeway.<datacenter>.heartbeat`. What it says is the ID of
 * the NATS server through which it does.
 */
export function heartbeatSubject(datacenter: string): string {
  return `causeway.${keyToken(datacenter)}.heartbeat`;
}

/** The subject on which a datacenter answers, with the same, whoever asks whether it is there: `causeway.<datacenter>.ping`. */
export function pingSubject(datacenter: string): string {
  return `causeway.${keyToken(datacenter)}.ping`;
}

/** The heartbeats of every datacenter. */
export const HEARTBEATS = "causeway.*.heartbeat";

/**
 * The subject on which `verb` of `datacenter` is asked: `causeway.<datacenter>.<service>.<verb>`, and after that the names in `of` where
 * one process of many is meant: of a proxy those of its service, its node and its instance.
 */
export function verbSubject(datacenter: string, verb: Verb, of: readonly string[] = []): string {
  const subject = `causeway.${keyToken(datacenter)}.${verb}`;
  return of.length === 0 ? subject : `${subject}.${keyOf(...of)}`;
}
