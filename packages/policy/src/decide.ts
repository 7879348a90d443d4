import { type Action, type DestinationIntentions, intentionPrecedence } from "@causeway/model";

/** What let a connection through or refused it. */
export type DecidedBy =
  | {
      readonly kind: "intention";
      readonly id: string;
      readonly source: string;
      readonly destination: string;
      readonly precedence: number;
    }
  | { readonly kind: "default" };

/** Whether a connection may be made, and why, fit for a log line and a span. */
export type Decision = { readonly action: Action; readonly by: DecidedBy };

/** Who wants to reach whom, and what is known about it. */
export type Question = {
  readonly intentions: readonly DestinationIntentions[];
  readonly source: string;
  readonly destination: string;
  /** What holds when no intention covers the pair. */
  readonly fallback: Action;
};

/**
 * Decides whether `source` may connect to `destination`.
 *
 * The most specific intention wins: an exact destination beats "*", then an exact source beats "*". With none, `fallback` holds. The
 * order of the intentions never matters, since there is at most one for each pair of names.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/intentions#precedence-and-match-order
 */
export function decide({ intentions, source, destination, fallback }: Question): Decision {
  let best: Decision | undefined;
  let highest = 0;
  for (const record of intentions) {
    if (!covers(record.Name, destination)) continue;
    for (const candidate of record.Sources) {
      if (!covers(candidate.Name, source)) continue;
      const precedence = intentionPrecedence(candidate.Name, record.Name);
      if (precedence <= highest) continue;
      highest = precedence;
      const by = {
        kind: "intention",
        id: candidate.ID,
        source: candidate.Name,
        destination: record.Name,
        precedence,
      } as const;
      best = { action: candidate.Action, by };
    }
  }
  return best ?? { action: fallback, by: { kind: "default" } };
}

function covers(pattern: string, name: string): boolean {
  return pattern === "*" || pattern === name;
}

/** Says in a few words what a decision rests on. */
export function describeDecision({ action, by }: Decision): string {
  if (by.kind === "default") return `${action} by the default policy`;
  return `${action} by the intention ${by.source} => ${by.destination} (ID: ${by.id}, Precedence: ${by.precedence})`;
}
