import type { Handlers } from "@causeway/bus";
import { type Action, withIndexes } from "@causeway/model";
import { decide } from "@causeway/policy";
import { matchIntentions } from "./match.ts";
import { allDestinations, type Store } from "./store.ts";

/** The verbs that ask what holds, as of the last write of any replica. */
export function queryVerbs(store: Store): Handlers<"intentions.match" | "intentions.check"> {
  return {
    "intentions.match": async ({ By, Name }) => matchIntentions(await allDestinations(store), By, Name),
    "intentions.check": ({ Source, Destination }) => check(store, Source, Destination),
  };
}

async function check(store: Store, source: string, destination: string) {
  const { mirror, bucket } = store;
  await mirror.catchUp();
  const intentions = ["*", destination].flatMap((name) => {
    const stored = mirror.get("destination", name);
    return stored === undefined ? [] : [withIndexes(stored.value, stored.revision)];
  });
  const fallback = (await bucket.get("settings", "default-policy"))?.value.Action ?? "deny";
  const { action, by } = decide({ intentions, source, destination, fallback });
  const id = by.kind === "intention" ? by.id : undefined;
  const decisive = intentions.flatMap(({ Sources }) => Sources).find(({ ID }) => ID === id);
  return { Action: action, By: decisive ?? null };
}

/** Tells every follower of the bucket what holds where no intention does. */
export async function publishDefaultPolicy({ bucket }: Pick<Store, "bucket">, action: Action): Promise<void> {
  await bucket.change("settings", ["default-policy"], (stored) =>
    stored?.value.Action === action ? stored.value : { Action: action },
  );
}
