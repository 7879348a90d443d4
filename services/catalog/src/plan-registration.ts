import type { CatalogIndex } from "./catalog-index.ts";
import { NodeDraft } from "./node-draft.ts";
import { identify } from "./node-identity.ts";
import type { Plan } from "./plan.ts";
import type { Registration } from "./registration.ts";

/**
 * What has to be written so that the catalog holds a registration: nothing when it does already. Throws a Refusal, and then nothing of
 * the registration is taken in.
 */
export function planRegistration(catalog: CatalogIndex, registration: Registration): Plan {
  const draft = new NodeDraft(catalog, identify(catalog, registration));
  if (registration.service !== undefined) draft.putService(registration.service);
  for (const check of registration.checks) draft.putCheck(check);
  return draft.plan();
}
