import type { Static } from "./schema.ts";
import { keyOf, keyToken } from "./tokens.ts";
import { ACL_VERBS } from "./verbs/acl.ts";
import { CA_VERBS } from "./verbs/ca.ts";
import { CATALOG_VERBS } from "./verbs/catalog.ts";
import type { VerbTable } from "./verbs/common.ts";
import { CONFIG_ENTRY_VERBS } from "./verbs/config-entries.ts";
import { FEDERATION_VERBS } from "./verbs/federation.ts";
import { INTENTION_VERBS } from "./verbs/intentions.ts";
import { KV_STORE_VERBS } from "./verbs/kv.ts";
import { PAGE_VERBS } from "./verbs/pages.ts";

export { Written } from "./verbs/common.ts";
export { IntentionRequest } from "./verbs/intentions.ts";

/**
 * Every verb that a control-plane service answers, as `<service>.<verb>`: what is asked and what is answered.
 *
 * A refusal is `{ status, message }` with the HTTP status that the agent gives and Consul's own text. A verb that is `global` is
 * answered in the primary datacenter, for all of them; any other one in each datacenter for itself.
 */
export const VERBS = {
  ...CATALOG_VERBS,
  ...CONFIG_ENTRY_VERBS,
  ...INTENTION_VERBS,
  ...CA_VERBS,
  ...FEDERATION_VERBS,
  ...ACL_VERBS,
  ...KV_STORE_VERBS,
  ...PAGE_VERBS,
} as const satisfies VerbTable;

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
