import { type AclCheck, type Authorizer, everyoneMay, type Handlers, requireAllowed } from "@causeway/bus";
import type { KvOperation, KvTransacted, Request } from "@causeway/model";
import type { Store } from "./store.ts";

type KvVerb =
  | "kv.put"
  | "kv.delete"
  | "kv.delete-tree"
  | "kv.transact"
  | "kv.create-session"
  | "kv.destroy-session"
  | "kv.renew-session";

/** The verbs of kv for those whose token may do what they ask; the others are refused, and nothing is changed. */
export function checked(
  verbs: Handlers<KvVerb>,
  { bucket, mirror }: Pick<Store, "bucket" | "mirror">,
  check: AclCheck,
): Handlers<KvVerb> {
  if (check === everyoneMay) return verbs;
  const guarded =
    <R extends { readonly Token?: string }, A>(
      handle: (request: R) => Promise<A>,
      allowed: (authorizer: Authorizer, request: R) => boolean,
    ) =>
    async (request: R): Promise<A> => {
      await requireAllowed(check, request.Token, (authorizer) => allowed(authorizer, request));
      return await handle(request);
    };
  /** Whoever knows the ID of a session that is not there learns no more than that. */
  const ofSession =
    <A>(handle: (request: Request<"kv.destroy-session">) => Promise<A>) =>
    async (request: Request<"kv.destroy-session">): Promise<A> => {
      const session = await bucket.get("session", request.ID);
      const mayWrite = (authorizer: Authorizer) => {
        return session === undefined || authorizer.may("session:write", session.value.Node);
      };
      await requireAllowed(check, request.Token, mayWrite);
      return await handle(request);
    };
  return {
    "kv.put": guarded(verbs["kv.put"], (authorizer, { Key }) => authorizer.may("key:write", Key)),
    "kv.delete": guarded(verbs["kv.delete"], (authorizer, { Key }) => authorizer.may("key:write", Key)),
    "kv.delete-tree": guarded(verbs["kv.delete-tree"], (authorizer, { Prefix }) => {
      return authorizer.mayAll("key:write", Prefix);
    }),
    "kv.transact": async (request) => {
      const denied = await check(request.Token, (authorizer) => deniedOf(request.Operations, authorizer));
      if (denied !== undefined) return { Results: [], Errors: denied, Index: mirror.revision };
      return await verbs["kv.transact"](request);
    },
    "kv.create-session": guarded(verbs["kv.create-session"], (authorizer, { Node }) => {
      return authorizer.may("session:write", Node);
    }),
    "kv.destroy-session": ofSession(verbs["kv.destroy-session"]),
    "kv.renew-session": ofSession(verbs["kv.renew-session"]),
  };
}

/** The operations that may not be done, in Consul's words; undefined when all may. */
export function deniedOf(
  operations: readonly KvOperation[],
  authorizer: Authorizer,
): KvTransacted["Errors"] | undefined {
  const denied = operations.flatMap((operation, OpIndex) =>
    mayDo(operation, authorizer) ? [] : [{ OpIndex, What: "Permission denied" }],
  );
  return denied.length === 0 ? undefined : denied;
}

function mayDo({ Verb, Key }: KvOperation, authorizer: Authorizer): boolean {
  switch (Verb.toLowerCase()) {
    // Told to whoever asks in the end, which leaves out what they may not see.
    case "get":
    case "get-tree":
      return true;
    case "check-index":
    case "check-session":
    case "check-not-exists":
      return authorizer.may("key:read", Key);
    case "delete-tree":
      return authorizer.mayAll("key:write", Key);
    default:
      return authorizer.may("key:write", Key);
  }
}
