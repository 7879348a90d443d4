import { compareIntentions, type DestinationIntentions, type Reply, type SourceIntention } from "@causeway/model";

/** The side that a match is asked for. */
export type Side = "source" | "destination";

/**
 * The intentions that could decide on a connection of `name` on that side, as they are evaluated: those that name it, and those for
 * every service. Indexes must be real (`withIndexes`).
 *
 * @see https://developer.hashicorp.com/consul/api-docs/connect/intentions#list-matching-intentions
 */
export function matchIntentions(
  records: Iterable<DestinationIntentions>,
  side: Side,
  name: string,
): Reply<"intentions.match"> {
  const covers = (pattern: string) => pattern === "*" || pattern === name;
  const matched: { Destination: string; Source: SourceIntention }[] = [];
  for (const { Name: Destination, Sources } of records) {
    for (const Source of Sources)
      if (covers(side === "source" ? Source.Name : Destination)) matched.push({ Destination, Source });
  }
  const pair = ({ Destination, Source }: (typeof matched)[number]) => ({ Source: Source.Name, Destination });
  return matched.sort((a, b) => compareIntentions(pair(a), pair(b)));
}
