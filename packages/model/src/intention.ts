import { CreateModifyIndex } from "./common.ts";
import { type Static, Type } from "./schema.ts";

/** What an intention, or the default policy, says of a connection. */
export const Action = Type.Union([Type.Literal("allow"), Type.Literal("deny")]);
export type Action = Static<typeof Action>;

/** One source's right to call the destination that the record around it names. */
export const SourceIntention = Type.Object(
  {
    ID: Type.String({ description: "UUID by which the legacy endpoints reach this intention." }),
    Name: Type.String({ minLength: 1, description: 'Source service, or "*" for every one.' }),
    Action,
    Description: Type.String(),
    Meta: Type.Record(Type.String(), Type.String()),
    CreatedAt: Type.String({ description: "RFC 3339 time." }),
    UpdatedAt: Type.String({ description: "RFC 3339 time." }),
    ...CreateModifyIndex,
  },
  { additionalProperties: false },
);
export type SourceIntention = Static<typeof SourceIntention>;

/** All intentions of one destination: one record, so that replacing them is one atomic write. */
export const DestinationIntentions = Type.Object(
  {
    Name: Type.String({ minLength: 1, description: 'Destination service, or "*" for every one.' }),
    Sources: Type.Array(SourceIntention),
    Meta: Type.Record(Type.String(), Type.String()),
    ...CreateModifyIndex,
  },
  { additionalProperties: false },
);
export type DestinationIntentions = Static<typeof DestinationIntentions>;

/** What holds when no intention covers a connection: the intentions service publishes it under the key `settings.default-policy`. */
export const DefaultPolicy = Type.Object({ Action }, { additionalProperties: false });
export type DefaultPolicy = Static<typeof DefaultPolicy>;

/** How specific an intention is: 9, 8, 6 or 5; the higher decides. A destination's specificity counts before a source's. */
export function intentionPrecedence(source: string, destination: string): number {
  if (destination === "*") return source === "*" ? 5 : 6;
  return source === "*" ? 8 : 9;
}

/** The two names of an intention. */
export type IntentionPair = { readonly Source: string; readonly Destination: string };

/**
 * Orders intentions as they are evaluated and listed: higher precedence first, then by source, then by destination.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/intentions#precedence-and-match-order
 */
export function compareIntentions(a: IntentionPair, b: IntentionPair): number {
  const difference = intentionPrecedence(b.Source, b.Destination) - intentionPrecedence(a.Source, a.Destination);
  return difference || compareText(a.Source, b.Source) || compareText(a.Destination, b.Destination);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
