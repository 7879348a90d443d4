import { type AclCheck, answer, type Bus } from "@causeway/bus";
import type { Logger } from "@causeway/runtime";
import { type Authority, presentSettings, presentSigner } from "./authority.ts";
import { configurationVerbs } from "./configure.ts";
import { CsrLimit } from "./csr-limit.ts";
import { type SealedKeys, sealKeyVerb } from "./seal-key-rotation.ts";
import { type Foundation, setUp } from "./set-up.ts";
import { signIntermediateVerb } from "./sign-intermediate.ts";
import { type LeafSigning, signLeafVerb } from "./sign-leaf.ts";
import { keepRoots } from "./upkeep.ts";

/** What a CA starts from. */
export type Start = Foundation & {
  readonly bus: Bus;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Aborts when the CA has to stop working by itself. */
  readonly signal: AbortSignal;
  /** Who may have leaves, and who may configure. */
  readonly check: AclCheck;
};

/** Starts the CA of the primary datacenter, which has the roots. Throws what `setUp` throws. */
export async function startPrimary(start: Start): Promise<void> {
  const { bus, roots, clock, log, signal } = start;
  const keys = await setUp(start);
  const authority: Authority = { roots, keys, limit: new CsrLimit(), clock, datacenter: bus.datacenter, log };
  const leaves = signLeafVerb(signingByRoot(authority), start.check);
  answer(bus, {
    ...leaves,
    ...signIntermediateVerb(authority),
    ...configurationVerbs(authority, start.check),
    ...sealKeyVerb(sealedByRoots(authority), start),
  });
  void keepRoots(authority, signal);
}

/** The keys of all roots: one that signs no more is forgotten, but who was cut off before that has left it. */
function sealedByRoots({ roots, keys }: Authority): SealedKeys {
  const reseal = async () => {
    let resealed = 0;
    for (const { ID } of (await roots.get("roots"))?.value.Roots ?? []) resealed += await keys.reseal(ID);
    return resealed;
  };
  return { sealKeys: keys.sealKeys, reseal };
}

/** How leaves are signed by the active root. */
export function signingByRoot(authority: Authority): LeafSigning {
  const { datacenter, limit, clock } = authority;
  const issuer = async () => {
    const { roots, root, key } = await presentSigner(authority);
    return {
      trustDomain: roots.TrustDomain,
      certificate: root.RootCert,
      privateKey: key.privateKey,
      sentAlong: root.IntermediateCerts ?? [],
      rootId: root.ID,
    };
  };
  return { datacenter, limit, clock, issuer, settings: () => presentSettings(authority) };
}
