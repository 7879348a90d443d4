import type { Facts, Process, Target } from "./facts.ts";
import { type Finding, failed, notChecked, ok } from "./step.ts";

/** The files and the name by which a terminating gateway speaks TLS to what it stands for. */
export function tlsOrigination({ place, takers }: Facts): Finding {
  if (place === undefined || takers.length === 0) return notChecked("there is no proxy to look at");
  const gateways = takers.filter(({ instance }) => instance.Service.Kind === "terminating-gateway");
  if (gateways.length === 0) return ok("no terminating gateway is on the way");
  let finding: Finding = notChecked("the gateway does not run");
  for (const { instance, process } of gateways) {
    if (process.kind === "unknown") return notChecked(process.why);
    if (process.value === undefined) continue;
    finding = judged(process.value, place.leading.service, instance.Service.ID);
    if (finding.state === "failed") return finding;
  }
  return finding;
}

function judged({ routes }: Process, service: string, gateway: string): Finding {
  if (routes === undefined) return notChecked(`${gateway} has no table yet`);
  const route = routes.routes.find((each) => each.inbound.kind === "mtls" && each.inbound.leaf === service);
  if (route === undefined) {
    const reason = routes.unavailable.find(({ name }) => name === service)?.reason;
    return notChecked(`${gateway} has no route to ${service}${reason === undefined ? "" : `: ${reason}`}`);
  }
  const { outbound } = route;
  if (outbound.kind === "plain") return ok("plain: the link names no CAFile");
  const files = filesOf(outbound);
  const error = routes.fileErrors.find((each) => sameFiles(each.files, files));
  if (error !== undefined) {
    const kept = error.usingLastGood ? "; what it held before is still used" : "";
    return failed(
      `${gateway}: ${error.reason}${kept}`,
      `mend the files of the link on the gateway's host (${error.files.join(", ")}); they are read again at once`,
    );
  }
  const name = outbound.serverName;
  return ok(
    `${outbound.kind === "tls" ? "TLS" : "mutual TLS"} by ${files.join(", ")}, ${
      name === undefined
        ? "any name: no SNI is given, so that every certificate of that CA will do"
        : `asking for ${name}`
    }`,
  );
}

/** Links may share a file and not its trouble, which may be that of another. */
function sameFiles(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((file) => others.includes(file));
}

function filesOf({ caFile, certFile, keyFile }: Target["outbound"]): readonly string[] {
  return [caFile, certFile, keyFile].filter((file) => file !== undefined);
}
