import { type AclToken, type AclTokenRequest, durationText, quoted } from "@causeway/model";
import { hasExpired } from "@causeway/policy";
import { contentHash } from "./content-hash.ts";
import { checkedIdentities, isUuid, linkedIds, refused } from "./names.ts";
import type { Store } from "./store.ts";

/** Consul's bounds of how long a token that expires may last. */
const MIN_MS = 60_000;
const MAX_MS = 24 * 3_600_000;

const RESERVED = "00000000-0000-0000-0000-0000000000";

/** The token that is asked for, but for its AccessorID; a secret is made up where none is given. Throws Consul's refusal. */
export function createdToken(store: Store, wanted: AclTokenRequest, datacenter: string): Omit<AclToken, "AccessorID"> {
  const { directory } = store;
  checkAccessorLength(wanted.AccessorID);
  checkNewId("AccessorID", wanted.AccessorID, directory.tokens.has(wanted.AccessorID));
  checkNewId("SecretID", wanted.SecretID, directory.tokenWithSecret(wanted.SecretID) !== undefined);
  const expires = expirationOf(wanted, store.nowMs);
  return {
    ...content(store, wanted),
    SecretID: wanted.SecretID || store.newId(),
    ...(wanted.Local ? { Datacenter: datacenter } : {}),
    CreateTime: store.now,
    ...(expires === undefined ? {} : { ExpirationTime: expires }),
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

/** A token as it is after a change. Throws Consul's refusal of what cannot be changed. */
export function updatedToken(store: Store, wanted: AclTokenRequest): AclToken {
  const { AccessorID, SecretID, Local, ExpirationTTL, ExpirationTime } = wanted;
  checkAccessorLength(AccessorID);
  if (!isUuid(AccessorID)) throw refused("AccessorID is not a valid UUID");
  const existing = store.directory.tokens.get(AccessorID);
  if (existing === undefined || hasExpired(existing, store.nowMs)) {
    throw refused(`Cannot find token ${quoted(AccessorID)}`);
  }
  if (SecretID !== "" && SecretID !== existing.SecretID) throw refused("Changing a tokens SecretID is not permitted");
  if (Local !== (existing.Datacenter !== undefined)) throw refused(`cannot toggle local mode of ${AccessorID}`);
  const expires = ExpirationTime === undefined ? undefined : Date.parse(ExpirationTime);
  if (ExpirationTTL !== 0 || (expires !== undefined && expires !== Date.parse(existing.ExpirationTime ?? ""))) {
    throw refused(`Cannot change expiration time of ${AccessorID}`);
  }
  return { ...existing, ...content(store, wanted), ModifyIndex: 0 };
}

/** What a token lets its holder do. */
function content({ directory }: Store, wanted: AclTokenRequest) {
  const policyNamed = (name: string) => directory.policyNamed(name);
  const roleNamed = (name: string) => directory.roleNamed(name);
  const said = {
    Description: wanted.Description,
    Policies: linkedIds("policy", wanted.Policies, { known: directory.policies, named: policyNamed }),
    Roles: linkedIds("role", wanted.Roles, { known: directory.roles, named: roleNamed }),
    ...checkedIdentities(wanted, "token", wanted.Local),
  };
  return { ...said, Hash: contentHash(said) };
}

function checkAccessorLength(id: string): void {
  if (id === "" || id.length === 36) return;
  throw refused(
    "Failed acl token lookup by accessor: failed acl token lookup: index error: UUID must be 36 characters",
  );
}

function checkNewId(field: "AccessorID" | "SecretID", id: string, taken: boolean): void {
  if (id === "") return;
  if (!isUuid(id)) throw refused(`Invalid Token: ${field} is not a valid UUID`);
  if (taken) throw refused(`Invalid Token: ${field} is already in use`);
  if (id.startsWith(RESERVED)) {
    throw refused(`Invalid Token: UUIDs with the prefix ${quoted(RESERVED)} are reserved`);
  }
}

function expirationOf({ ExpirationTime, ExpirationTTL }: AclTokenRequest, nowMs: number): string | undefined {
  if (ExpirationTTL < 0) throw refused(`Token Expiration TTL '${durationText(ExpirationTTL)}' should be > 0`);
  if (ExpirationTTL > 0 && ExpirationTime !== undefined) {
    throw refused("Token Expiration TTL and Expiration Time cannot both be set");
  }
  if (ExpirationTTL === 0 && ExpirationTime === undefined) return undefined;
  const atMs = ExpirationTime === undefined ? nowMs + ExpirationTTL / 1e6 : Date.parse(ExpirationTime);
  const inMs = atMs - nowMs;
  if (!(inMs >= 0)) throw refused("ExpirationTime cannot be before CreateTime");
  const was = `in the future (was ${durationText(inMs * 1e6)})`;
  if (inMs > MAX_MS) throw refused(`ExpirationTime cannot be more than ${durationText(MAX_MS * 1e6)} ${was}`);
  if (inMs < MIN_MS) throw refused(`ExpirationTime cannot be less than ${durationText(MIN_MS * 1e6)} ${was}`);
  return new Date(atMs).toISOString();
}
