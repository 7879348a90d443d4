import { type AclCheck, everyoneMay, requireAllowed } from "@causeway/bus";
import { knownForm, placesOf, type Store } from "./store.ts";

/** Rejects with Consul's refusal unless whoever shows `secret` may write the intentions of each destination. */
export async function requireWrite(
  check: AclCheck,
  secret: string | undefined,
  destinations: readonly string[],
): Promise<void> {
  await requireAllowed(check, secret, (authorizer) =>
    destinations.every((destination) => authorizer.may("intention:write", destination)),
  );
}

/** As `requireWrite`, for wherever the intention with this ID stands; one that is not there is the verb's affair. */
export async function requireWriteById(
  store: Store,
  check: AclCheck,
  secret: string | undefined,
  id: string,
): Promise<void> {
  // Looking it up takes a round trip.
  if (check === everyoneMay) return;
  const places = await placesOf(store, knownForm(id));
  await requireWrite(
    check,
    secret,
    places.map(({ destination }) => destination),
  );
}
