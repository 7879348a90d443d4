import type { Facts, Intention, IntentionFacts } from "./facts.ts";
import { type Finding, failed, notChecked, ok } from "./step.ts";

export function intention({ intention: found }: Facts): Finding {
  if (found.kind === "unknown") return notChecked(found.why);
  const { Allowed, Source, Destination } = found.value;
  const why = decidedBy(found.value);
  return Allowed
    ? ok(why)
    : failed(
        `denied: ${why}`,
        `allow it: causeway intention create -allow ${replaced(found.value)}${Source} ${Destination}`,
      );
}

/** An intention of exactly these two names has to be replaced. */
function replaced({ Matching, Source, Destination }: IntentionFacts): string {
  const exact = Matching.some((each) => each.SourceName === Source && each.DestinationName === Destination);
  return exact ? "-replace " : "";
}

/** What a decision rests on, in words. */
export function decidedBy({ DecidedBy, DefaultAction, Matching }: IntentionFacts): string {
  const winner = Matching.find(({ ID }) => ID === DecidedBy);
  if (winner === undefined) return `no intention matches, and the default policy is ${DefaultAction}`;
  const others = Matching.length - 1;
  const rest = others === 0 ? "" : `, before ${others} less specific`;
  return `${written(winner)}${rest}`;
}

/** "web => api (deny, precedence 9)". */
export function written({ SourceName, DestinationName, Action, Precedence }: Intention): string {
  return `${SourceName} => ${DestinationName} (${Action}, precedence ${Precedence})`;
}
