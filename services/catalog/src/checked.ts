import { type AclCheck, type Authorizer, everyoneMay, type Handlers, requireAllowed } from "@causeway/bus";
import type { Catalog } from "./catalog.ts";
import type { CatchUp } from "./catch-up.ts";
import type { Membership } from "./membership.ts";
import { deniedOf, type Known, mayDeregister, mayRegister } from "./permission.ts";

/** What who may write is decided by. */
export type CheckedParts = {
  readonly membership: Pick<Membership, "forceLeave" | "join" | "leave">;
  readonly known: Known;
  readonly catchUp: Pick<CatchUp, "toNow">;
  readonly check: AclCheck;
};

type Checked =
  | "catalog.join"
  | "catalog.leave"
  | "catalog.force-leave"
  | "catalog.register"
  | "catalog.deregister"
  | "catalog.transact";

/**
 * The verbs that write the catalog, for those whose token may do what they ask; who shows none may do what the anonymous one may. Only
 * that an agent is alive, or goes, is told by whoever has access to the bus, as in Consul by whoever gossips.
 */
export function checked(
  catalog: Pick<Catalog, "register" | "deregister" | "rehearse" | "transact">,
  { membership, known, catchUp, check }: CheckedParts,
): Handlers<Checked> {
  const require = async (secret: string | undefined, allowed: (authorizer: Authorizer) => boolean) => {
    if (check === everyoneMay) return;
    // What is there says who may write over it.
    await catchUp.toNow();
    await requireAllowed(check, secret, allowed);
  };
  return {
    "catalog.join": async (request) => {
      await catchUp.toNow();
      return await membership.join(request);
    },
    "catalog.leave": async (request) => {
      await catchUp.toNow();
      return await membership.leave(request);
    },
    "catalog.force-leave": async ({ Token, Node, Prune }) => {
      await requireAllowed(check, Token, (authorizer) => authorizer.may("operator:write"));
      await catchUp.toNow();
      return await membership.forceLeave(Node, Prune);
    },
    "catalog.register": async ({ Token, ...request }) => {
      await require(Token, (authorizer) => mayRegister(authorizer, known, request));
      return await catalog.register(request);
    },
    "catalog.deregister": async ({ Token, ...request }) => {
      await require(Token, (authorizer) => mayDeregister(authorizer, known, request));
      return await catalog.deregister(request);
    },
    "catalog.transact": async ({ Token, Operations, Rehearse = false }) => {
      if (check !== everyoneMay) {
        await catchUp.toNow();
        const denied = await check(Token, (authorizer) => deniedOf(authorizer, known, Operations));
        if (denied !== undefined) return { Results: [], Errors: denied, Index: 0 };
      }
      return Rehearse ? await catalog.rehearse(Operations) : await catalog.transact(Operations);
    },
  };
}
