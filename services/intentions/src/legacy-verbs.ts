import { everyoneMay, type Handlers, Refusal } from "@causeway/bus";
import { errorList, type IntentionRequest, intentionPrecedence, type SourceIntention } from "@causeway/model";
import { intentionProblems } from "./legacy-rules.ts";
import { moveIntention, takeAway } from "./move.ts";
import { requireWrite, requireWriteById } from "./permission.ts";
import { type Draft, withoutSources, withRedrafted, withSource } from "./sources.ts";
import { knownForm, otherOfName, placesOf, type Store, timestamp } from "./store.ts";

/** The verbs that write one intention at a time. */
export function legacyVerbs(
  store: Store,
  check = everyoneMay,
): Handlers<"intentions.create" | "intentions.update" | "intentions.upsert" | "intentions.delete"> {
  return {
    "intentions.create": async ({ Token, ...intention }) => {
      await requireWrite(check, Token, [intention.DestinationName]);
      return await create(store, intention);
    },
    "intentions.update": async ({ ID, Intention, Token }) => {
      await requireWrite(check, Token, [Intention.DestinationName]);
      await requireWriteById(store, check, Token, ID);
      return await update(store, ID, Intention);
    },
    "intentions.upsert": async ({ Token, ...intention }) => {
      await requireWrite(check, Token, [intention.DestinationName]);
      return await upsert(store, intention);
    },
    "intentions.delete": async ({ Token, ...which }) => {
      if ("ID" in which) {
        await requireWriteById(store, check, Token, which.ID);
        return await deleteById(store, which.ID);
      }
      await requireWrite(check, Token, [which.Destination]);
      return await deletePair(store, which);
    },
  };
}

async function create(store: Store, intention: IntentionRequest) {
  const draft = draftOf(intention);
  const destination = intention.DestinationName;
  const ID = store.newId();
  const Index = await store.bucket.change("destination", [destination], (stored) => {
    const other = otherOfName(stored, draft.Name);
    if (other !== undefined) throw duplicate(other, destination);
    return withSource(destination, stored, draft, { id: ID, now: timestamp(store) });
  });
  return { ID, Index };
}

async function update(store: Store, id: string, intention: IntentionRequest) {
  const known = knownForm(id);
  for (;;) {
    const [place] = await placesOf(store, known);
    if (place === undefined) throw new Refusal(500, `Cannot modify non-existent intention: '${id}'`);
    const draft = draftOf(intention);
    const destination = intention.DestinationName;
    const Index =
      place.destination === destination
        ? await redraft(store, known, destination, draft)
        : await moveIntention(store, { place, destination, draft, duplicate });
    if (Index !== undefined) return { Index };
    // Moved or deleted by someone else since it was looked up.
  }
}

/** Changes an intention where it stands; undefined when it does not stand there any more. */
async function redraft(store: Store, id: string, destination: string, draft: Draft): Promise<number | undefined> {
  let found = false;
  const revision = await store.bucket.change("destination", [destination], (stored) => {
    found = stored?.value.Sources.some(({ ID }) => ID === id) ?? false;
    if (stored === undefined || !found) return stored?.value;
    const other = otherOfName(stored, draft.Name, id);
    if (other !== undefined) throw duplicate(other, destination);
    return withRedrafted(stored, id, draft, timestamp(store));
  });
  return found ? revision : undefined;
}

async function upsert(store: Store, intention: IntentionRequest) {
  const draft = draftOf(intention);
  const birth = { id: store.newId(), now: timestamp(store) };
  const destination = intention.DestinationName;
  const Index = await store.bucket.change("destination", [destination], (stored) =>
    withSource(destination, stored, draft, birth),
  );
  return { Index };
}

async function deleteById(store: Store, id: string) {
  const known = knownForm(id);
  for (;;) {
    const places = await placesOf(store, known);
    if (places.length === 0) throw new Refusal(500, `Cannot delete non-existent intention: '${id}'`);
    const revisions = await Promise.all(places.map(({ destination }) => takeAway(store, destination, known)));
    const reached = revisions.filter((revision) => revision !== undefined);
    if (reached.length > 0) return { Index: Math.max(...reached) };
    // Moved or deleted by someone else since it was looked up.
  }
}

/** Deleting a pair that has no intention succeeds, as it does in Consul. */
async function deletePair({ bucket }: Store, pair: { readonly Source: string; readonly Destination: string }) {
  const Index = await bucket.change("destination", [pair.Destination], (stored) =>
    withoutSources(stored, ({ Name }) => Name === pair.Source),
  );
  return { Index };
}

/** What a legal request says of its source. Throws Consul's refusal of an illegal one. */
function draftOf(intention: IntentionRequest): Draft {
  const problems = intentionProblems(intention);
  if (problems.length > 0) throw new Refusal(500, errorList(problems));
  const { SourceName: Name, Action, Description = "", Meta } = intention;
  return { Name, Action: Action === "allow" ? "allow" : "deny", Description, Meta: Meta ?? {} };
}

function duplicate({ ID, Name, Action }: SourceIntention, destination: string): Refusal {
  const what = `${Action.toUpperCase()} default/${Name} => default/${destination}`;
  const precedence = intentionPrecedence(Name, destination);
  return new Refusal(500, `duplicate intention found: ${what} (ID: ${ID}, Precedence: ${precedence})`);
}
