import { type AclCheck, BusError, type Handlers, Refusal, requireAllowed } from "@causeway/bus";
import type { Reply } from "@causeway/model";
import type { SealKeyRing } from "@causeway/pki";
import type { Logger } from "@causeway/runtime";

/** What is sealed here. */
export type SealedKeys = {
  readonly sealKeys: SealKeyRing;
  /** Seals anew what another seal key than the newest has sealed; gives how many records that were. Throws a BusError `CONFLICT`. */
  readonly reseal: () => Promise<number>;
};

type Checks = { readonly check: AclCheck; readonly log: Pick<Logger, "info"> };

/** A replica that lost so many races in a row is not racing but broken. */
const MAX_ATTEMPTS = 10;

/** What says that the files cannot be changed from here, as in a Secret of Kubernetes. */
const READ_ONLY = new Set(["EROFS", "EACCES", "EPERM"]);

/** The verb by which an operator replaces the seal key of a datacenter's CA. One change of a process waits for the other. */
export function sealKeyVerb(sealed: SealedKeys, { check, log }: Checks): Handlers<"ca.rotate-seal-key"> {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    "ca.rotate-seal-key": async ({ ForgetOlder = false, Token }) => {
      await requireAllowed(check, Token, (authorizer) => authorizer.may("operator:write"));
      const change = turn.then(() => (ForgetOlder ? forgetOlder(sealed) : rotateSealKey(sealed)));
      turn = change.catch(() => {});
      const answer = await change;
      log.info({ ...answer }, "seal key");
      return answer;
    },
  };
}

/** What was done, and what there is now. */
type Rotated = Reply<"ca.rotate-seal-key">;

/**
 * Makes a new seal key and seals everything with it, or ends what was begun: where something is still sealed with an older key, because a
 * rotation was cut off or an operator has brought a key, no further one is made. Older keys stay, and open what they have sealed.
 */
async function rotateSealKey(sealed: SealedKeys): Promise<Rotated> {
  const begun = await resealAll(sealed);
  if (begun > 0) return rotated(sealed, begun);
  await changeFiles(
    () => sealed.sealKeys.add(),
    "put the new key beside the others as the next number (ca-seal.key.2, after that ca-seal.key.3), for all replicas, and ask again once it has arrived",
  );
  return rotated(sealed, await resealAll(sealed));
}

/** Removes the older keys, which open nothing here any more once everything is sealed with the newest. */
async function forgetOlder(sealed: SealedKeys): Promise<Rotated> {
  const resealed = await resealAll(sealed);
  const forgotten = await changeFiles(
    () => sealed.sealKeys.forgetOlder(),
    "everything is sealed with the newest, so the others may be removed where they come from",
  );
  return { ...rotated(sealed, resealed), ForgottenSealKeyIDs: [...forgotten] };
}

function rotated({ sealKeys }: SealedKeys, resealed: number): Rotated {
  const { newest, olderIds } = sealKeys;
  return { SealKeyID: newest.id, Resealed: resealed, OlderSealKeyIDs: [...olderIds], ForgottenSealKeyIDs: [] };
}

async function resealAll({ reseal }: SealedKeys): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await reseal();
    } catch (error) {
      const lost = error instanceof BusError && error.failure.code === "CONFLICT" && attempt < MAX_ATTEMPTS;
      if (!lost) throw error;
    }
  }
}

async function changeFiles<T>(change: () => Promise<T>, remedy: string): Promise<T> {
  try {
    return await change();
  } catch (error) {
    const { code = "", path = "" } = error as NodeJS.ErrnoException;
    if (!READ_ONLY.has(code)) throw error;
    throw new Refusal(500, `the seal keys cannot be changed from here (${code} at ${path}): ${remedy}`);
  }
}
