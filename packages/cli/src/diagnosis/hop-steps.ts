import type { Connection, Facts, HopSeen, ProxyFacts } from "./facts.ts";
import { kindName } from "./gateway-steps.ts";
import { CONNECTION, type Finding, failed, notChecked, ok, type Step } from "./step.ts";

/**
 * One step for the connection that was made on purpose, and one for each hop that it came by.
 *
 * The hop that says most is the farthest one which saw it: those before only see a connection that breaks off.
 */
export function connectionSteps(facts: Facts): readonly Step[] {
  const { attempt } = facts;
  const title = "a connection, made now";
  if (attempt.kind === "not made") {
    const last = lastRefusal(facts);
    const text = last === undefined ? attempt.why : `${attempt.why}; last refused: ${last}`;
    return [{ id: CONNECTION, title, ...notChecked(text) }];
  }
  const { hops, problem, open, address } = attempt;
  if (problem !== undefined) {
    const remedy = "see who listens there: ss -ltnp";
    return [{ id: CONNECTION, title, ...failed(`to ${address}: ${problem}`, remedy) }];
  }
  const farthest = hops.findLastIndex(({ state }) => state === "carried" || state === "refused");
  const steps = hops.map((hop, at): Step => {
    const id = `hop-${hop.role}`;
    const next = hops[at + 1];
    return { id, title: `${kindName(hop.kind)} ${hop.proxy}`, ...found(hop, at, farthest, next) };
  });
  const whole = open ? ok(`to ${address}: every hop took it and reached the next`) : ended(steps, address, hops);
  return [...steps, { id: CONNECTION, title, ...whole }];
}

function ended(steps: readonly Step[], address: string, hops: readonly HopSeen[]): Finding {
  if (steps.some(({ state }) => state === "failed")) return notChecked("see the hop that failed");
  if (hops.some(({ state }) => state === "unknown")) {
    return failed(`to ${address}: it was broken off`, "look into the hops that were not checked");
  }
  return ok(`to ${address}: it was carried, and the far end closed it`);
}

function found({ state, record, why, kind }: HopSeen, at: number, farthest: number, next?: HopSeen): Finding {
  if (state === "unknown") return notChecked(why ?? "nothing is known of it");
  if (state === "carried") return ok(`carries it to ${record?.endpoint ?? "the next hop"}`);
  if (at < farthest) return ok("took it, and the next hop saw it");
  if (state !== "refused" || record === undefined) return notChecked("it did not come this far");
  const more = next?.state === "unknown" ? `; ${next.proxy} could tell more, but: ${next.why}` : "";
  return failed(told(record), remedyOf(record, kind) + more);
}

function told({ outcome, reason, failedDials = [] }: Connection): string {
  const dials = failedDials.map(({ address, reason: each }) => (address === undefined ? each : `${address}: ${each}`));
  const shown = dials.filter((text) => reason === undefined || !reason.includes(text));
  return `${outcome}: ${reason ?? ""}${shown.length === 0 ? "" : ` (tried: ${shown.join("; ")})`}`;
}

/** What to do about each way in which a proxy of this kind turns a connection away. */
export function remedyOf(
  { outcome, decidedBy, source = "SRC", destination = "DST" }: Connection,
  kind: string | undefined,
): string {
  switch (outcome) {
    case "DENIED":
    case "NO_LONGER_ALLOWED":
      return `${decidedBy ?? "an intention"}: causeway explain intention ${source} ${destination}`;
    case "NO_ROUTE":
      return `that proxy knows no such server name: causeway routes shows what it knows, and what has no route and why`;
    case "NO_HEALTHY_ENDPOINT":
      return `see which instances it has and what their checks say: curl $CONSUL_HTTP_ADDR/v1/health/service/${destination}`;
    case "DIAL_FAILED":
      return "see that the far side listens at that address, and that nothing in between keeps packets back";
    case "UPSTREAM_TLS_FAILED":
      if (kind !== "terminating-gateway") return MESH_TLS;
      return "compare the far side's certificate with the CAFile and the SNI of the link: openssl s_client -connect HOST:PORT -servername SNI";
    case "WRONG_PEER_IDENTITY":
      return "something else answers at that address: see what is registered with it";
    case "TLS_FILES_UNUSABLE":
      return "mend the files of the link on the gateway's host; they are read again at once";
    case "NO_LEAF":
      return "see the step about its certificate";
    case "TOO_MANY_CONNECTIONS":
      return "run a further replica of that proxy, or close what is not needed";
    default:
      return "see docs/troubleshooting.md for this outcome";
  }
}

const MESH_TLS =
  "see what answers at that address: either its certificate is none of this mesh, or it refuses the caller, and its own causeway troubleshoot connection says why";

/** The latest refusal between the two, of whichever proxy is farthest. */
function lastRefusal({ sidecar, takers, source, destination, place }: Facts): string | undefined {
  const service = place?.leading.service ?? destination;
  const concerns = (record: Connection) =>
    (record.source === undefined || record.source === source) &&
    (record.destination === undefined || record.destination.split(" ")[0]?.endsWith(service) === true);
  const latest = (proxy: ProxyFacts | undefined) =>
    proxy?.process.kind === "known" ? proxy.process.value?.refusals.find(concerns) : undefined;
  const record = [...takers, sidecar].map(latest).find((each) => each !== undefined);
  return record === undefined ? undefined : told(record);
}
