import { withIndexes } from "@causeway/model";
import { type Authority, presentSettings, presentSigner } from "./authority.ts";
import { tidied } from "./roots.ts";
import { rotate } from "./rotate.ts";
import { ageOf } from "./rotation.ts";

const HOUR_MS = 3_600_000;

/** Looks after the roots at once and then every hour, until `signal` aborts; a failure is told, and the next hour is another chance. */
export async function keepRoots(authority: Authority, signal: AbortSignal): Promise<void> {
  const { clock, log } = authority;
  while (!signal.aborted) {
    await lookAfterRoots(authority).catch((error: unknown) => log.warn({ error }, "roots not looked after"));
    await clock.sleep(HOUR_MS, signal).catch(() => {});
  }
}

/**
 * Renews a root of the CA's own before it ends, tells of one that was brought, and drops roots and cross-signed certificates that nobody
 * needs any more.
 */
export async function lookAfterRoots(authority: Authority): Promise<void> {
  const settings = await presentSettings(authority);
  await renewRoot(authority, settings);
  const { roots, clock, log } = authority;
  const before = (await presentSigner(authority)).roots.Roots.length;
  await roots.change("roots", [], (stored) => {
    if (stored === undefined) return undefined;
    const present = withIndexes(stored.value, stored.revision);
    const next = tidied(present, settings.leafCertTtlMs, clock.now());
    return next === present ? stored.value : next;
  });
  const after = (await presentSigner(authority)).roots.Roots.length;
  if (after < before) log.info({ before, after }, "old roots dropped");
}

async function renewRoot(authority: Authority, settings: Awaited<ReturnType<typeof presentSettings>>): Promise<void> {
  const signer = await presentSigner(authority);
  const { root, key } = signer;
  const age = ageOf(root, settings.leafCertTtlMs, authority.clock.now());
  if (age === "young") return;
  if (key.origin === "made") await rotate(authority, { signer, settings, crossSigned: age === "ending" });
  else
    authority.log.warn({ rootId: root.ID, notAfter: root.NotAfter, age }, "the root that was brought must be replaced");
}
