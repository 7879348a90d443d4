import type { Facts, Leaf, ProxyFacts, RootFacts } from "./facts.ts";
import { type Finding, failed, notChecked, ok } from "./step.ts";

const CA_DOWN = "see that the service `ca` runs and reaches NATS; its log says why it signs nothing";

export function roots({ roots: found, nowMs }: Facts): Finding {
  if (found.kind === "unknown") return notChecked(found.why);
  const { Roots, ActiveRootID, TrustDomain } = found.value;
  const active = (Roots ?? []).find(({ ID }) => ID === ActiveRootID);
  if (active === undefined) return failed("no root certificate is active", CA_DOWN);
  const span = validity(active.NotBefore, active.NotAfter, nowMs);
  if (span.state === "valid") {
    const others = (Roots ?? []).length - 1;
    return ok(
      `trust domain ${TrustDomain}, root valid ${span.text}${others > 0 ? `; ${others} older trusted too` : ""}`,
    );
  }
  return failed(
    `the active root is ${span.text}`,
    span.state === "expired" ? "rotate it: causeway connect ca set-config -config-file …" : CLOCKS,
  );
}

const CLOCKS = "compare the clocks of the hosts: one of them is wrong";

export function certificateOfSource(facts: Facts): Finding {
  const { sidecar, source } = facts;
  if (sidecar === undefined) return notChecked("there is no sidecar to look at");
  return leafOf(sidecar, source, facts);
}

/** A gateway that may not write the linked service gets no certificate for it. */
export function privileges({ takers, place }: Facts): Finding {
  const gateways = takers.filter(({ instance }) => instance.Service.Kind === "terminating-gateway");
  if (place === undefined || takers.length === 0) return notChecked("there is no proxy to look at");
  if (gateways.length === 0) return ok("no terminating gateway is on the way");
  const { service } = place.leading;
  for (const { instance, process } of gateways) {
    if (process.kind === "unknown") return notChecked(process.why);
    const problem = process.value?.leaves.find((leaf) => leaf.service === service)?.problem;
    if (problem === undefined || !/permission denied/i.test(problem)) continue;
    return failed(
      `${instance.Service.ID} gets no certificate for ${service}: ${problem}`,
      `give its token the rule service "${service}" { policy = "write" }: causeway acl policy update …`,
    );
  }
  if (gateways.every(({ process }) => process.kind === "known" && process.value === undefined)) {
    return notChecked("the gateway does not run");
  }
  return ok(`the gateway may stand for ${service}`);
}

export function certificateOfDestination(facts: Facts): Finding {
  const { place, takers } = facts;
  if (place === undefined || takers.length === 0) return notChecked("there is no proxy to look at");
  const proxies = takers.filter(({ instance }) => instance.Service.Kind);
  if (proxies.length === 0) return notChecked("a Connect-native service keeps it to itself");
  const findings = proxies.map((proxy) => leafOf(proxy, place.leading.service, facts));
  return (
    findings.find(({ state }) => state === "failed") ?? findings.find(({ state }) => state === "ok") ?? first(findings)
  );
}

function first(findings: readonly Finding[]): Finding {
  return findings[0] ?? notChecked("there is no proxy to look at");
}

function leafOf({ instance, process }: ProxyFacts, service: string, { nowMs, roots: known }: Facts): Finding {
  if (process.kind === "unknown") return notChecked(process.why);
  if (process.value === undefined) return notChecked(`${instance.Service.ID} does not run`);
  const leaf = process.value.leaves.find((each) => each.service === service);
  if (leaf === undefined) return notChecked(`${instance.Service.ID} holds none and asks for none yet`);
  return judged(leaf, instance.Service.ID, nowMs, known.kind === "known" ? known.value : undefined);
}

function judged(leaf: Leaf, proxy: string, nowMs: number, trusted: RootFacts | undefined): Finding {
  const { validFrom, validUntil, problem, rootId } = leaf;
  if (validFrom === undefined || validUntil === undefined) {
    if (problem === undefined) return notChecked(`${proxy} is asking the CA for it`);
    const denied = /permission denied/i.test(problem);
    const rule = `give the proxy's token the rule service "${leaf.service}" { policy = "write" }`;
    return failed(`${proxy} gets none: ${problem}`, denied ? rule : CA_DOWN);
  }
  const span = validity(validFrom, validUntil, nowMs);
  const why = problem === undefined ? "" : `; it is not renewed: ${problem}`;
  if (span.state === "expired") return failed(`that of ${proxy} is ${span.text}${why}`, CA_DOWN);
  if (span.state === "early") return failed(`that of ${proxy} is ${span.text}`, CLOCKS);
  const roots = trusted?.Roots ?? [];
  if (trusted !== undefined && rootId !== undefined && !roots.some(({ ID }) => ID === rootId)) {
    return failed(
      `that of ${proxy} was issued under the root ${rootId}, which is not trusted any more${why}`,
      `see why it is not renewed: ${CA_DOWN}`,
    );
  }
  return ok(`valid ${span.text}${why}`);
}

type Validity = { readonly state: "valid" | "expired" | "early"; readonly text: string };

function validity(from: string, until: string, nowMs: number): Validity {
  const [fromMs, untilMs] = [Date.parse(from), Date.parse(until)];
  if (nowMs > untilMs) return { state: "expired", text: `expired since ${until} (${ageText(nowMs - untilMs)})` };
  if (nowMs < fromMs) return { state: "early", text: `not valid before ${from}, in ${ageText(fromMs - nowMs)}` };
  return { state: "valid", text: `until ${until}, ${ageText(nowMs - fromMs)} old` };
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

function ageText(ms: number): string {
  const [unit, length] = UNITS.find(([, each]) => ms >= each) ?? ["s", 1_000];
  return `${Math.floor(ms / length)} ${unit}`;
}
