import { BUCKETS, type Static, Type } from "@causeway/model";
import type { Authorizer } from "@causeway/policy";
import type { Clock, Readiness } from "@causeway/runtime";
import type { Bus } from "./connection.ts";
import { Refusal } from "./errors.ts";
import { Mirror } from "./mirror.ts";

export type { Authorizer } from "@causeway/policy";

/** What an owner of state is told of ACLs: fields of its configuration. */
export const ACL_FIELDS = {
  aclEnabled: Type.Boolean({
    default: false,
    description: "Whether a token is needed for what is asked, by the rules that the service acl keeps.",
  }),
  aclDefaultPolicy: Type.Enum(["allow", "deny"], { default: "allow", description: "What holds where no rule does." }),
  aclDownPolicy: Type.Enum(["extend-cache", "async-cache", "allow", "deny"], {
    default: "extend-cache",
    description:
      "What holds while the ACL state has never been read: the first two refuse to do anything. Once read, it holds however long it cannot be read again.",
  }),
};
const Fields = Type.Object(ACL_FIELDS);
export type AclFields = Static<typeof Fields>;

/**
 * Gives what `objection` finds against whoever shows `secret` ("" or undefined for none), undefined when that is nothing. Rejects with
 * Consul's refusal of a secret that no token has.
 */
export type AclCheck = <T>(
  secret: string | undefined,
  objection: (authorizer: Authorizer) => T | undefined,
) => Promise<T | undefined>;

/** What holds where ACLs are not enabled. */
export const everyoneMay: AclCheck = async () => undefined;

/** What the ACL state is followed with. */
export type AclCheckParts = {
  readonly bus: Bus;
  readonly config: AclFields;
  readonly clock: Clock;
  /** Waits until the ACL state has been read. */
  readonly readiness: Pick<Readiness, "task">;
  readonly signal: AbortSignal;
};

/** Begins to follow the ACL state, by which an owner decides for itself; where ACLs are not enabled nothing is followed or checked. */
export async function followAclCheck({ bus, config, clock, readiness, signal }: AclCheckParts): Promise<AclCheck> {
  const { aclEnabled, aclDefaultPolicy: defaultPolicy, aclDownPolicy } = config;
  if (!aclEnabled) return everyoneMay;
  // Who needs no rules does not spend the time to load what reads them.
  const { AclDirectory, Authorizer } = await import("@causeway/policy");
  const directory = new AclDirectory({ datacenter: bus.datacenter, defaultPolicy });
  const ready = readiness.task("acl");
  const mirror = Mirror.follow(bus, BUCKETS.acl, {}, signal, {
    changed: (change) => directory.apply(change),
    current: () => ready.done(),
  });
  const authorizerOf = (secret: string) => directory.resolve(secret, clock.now())?.authorizer;
  return async (secret = "", objection) => {
    if (!mirror.current && (aclDownPolicy === "allow" || aclDownPolicy === "deny")) {
      return objection(new Authorizer([], aclDownPolicy));
    }
    const known = mirror.current ? authorizerOf(secret) : undefined;
    if (known !== undefined && objection(known) === undefined) return undefined;
    // The token, or what it may do, may be of a moment ago.
    await newest(mirror);
    const authorizer = authorizerOf(secret);
    if (authorizer === undefined) throw new Refusal(403, "ACL not found");
    return objection(authorizer);
  };
}

/** What has been read once is good enough while it cannot be read again. */
async function newest(mirror: Pick<Mirror<typeof BUCKETS.acl>, "catchUp" | "current">): Promise<void> {
  try {
    await mirror.catchUp(READ_TIMEOUT_MS);
  } catch {
    if (!mirror.current) throw new Refusal(500, UNREAD);
  }
}

/** Shorter than whoever asks waits for the answer. */
const READ_TIMEOUT_MS = 2_000;
const UNREAD = "bucket acl has not been read yet: is the service acl running, and may this one read the bucket?";

/** Rejects with Consul's refusal unless `allowed` holds of whoever shows `secret`. */
export async function requireAllowed(
  check: AclCheck,
  secret: string | undefined,
  allowed: (authorizer: Authorizer) => boolean,
): Promise<void> {
  const problem = await check(secret, (authorizer) => (allowed(authorizer) ? undefined : "Permission denied"));
  if (problem !== undefined) throw new Refusal(403, problem);
}
