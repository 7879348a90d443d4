import { quoted } from "@causeway/model";
import { compileChain, describeChainProblem, type MeshLocation } from "@causeway/routes";
import type { Draft } from "../kinds/kind.ts";
import { type Entries, type Proposed, withProposed } from "./entries.ts";

/** Kinds of gateway that cannot share a name, each with the other. */
const RIVALS = { "terminating-gateway": "ingress-gateway", "ingress-gateway": "terminating-gateway" } as const;

/**
 * What a write would break among the entries that refer to each other, in Consul's words; undefined when it breaks nothing.
 *
 * Looked at are the chain of the entry's own name and those that refer to it by name; for proxy-defaults, all chains that there are.
 */
export function graphProblem(proposed: Proposed, current: Entries, datacenter: string): string | undefined {
  return clashProblem(proposed, current) ?? chainsProblem(proposed, current, datacenter);
}

function clashProblem({ kind, name, entry }: Proposed, current: Entries): string | undefined {
  if (entry === undefined || !(kind === "terminating-gateway" || kind === "ingress-gateway")) return undefined;
  const rival = RIVALS[kind];
  if (current.get(rival, name) === undefined) return undefined;
  const taken = `a ${quoted(rival)} config entry with that name already exists`;
  return `cannot create a ${quoted(kind)} config entry with name ${quoted(name)}, ${taken}`;
}

function chainsProblem(proposed: Proposed, current: Entries, datacenter: string): string | undefined {
  if (proposed.kind === "mesh") return undefined;
  const entries = withProposed(current, proposed);
  const mesh = { datacenter, trustDomain: ANY_TRUST_DOMAIN };
  for (const service of chainsConcerned(proposed, entries)) {
    const compiled = compileChain(service, entries, mesh);
    if (compiled.kind === "unsound") return describeChainProblem(compiled.problem);
  }
  return ingressesConcerned(proposed, entries).reduce<string | undefined>(
    (problem, ingress) => problem ?? ingressProblem(ingress, proposed, entries, mesh),
    undefined,
  );
}

/** Whether a chain holds together does not depend on it. */
const ANY_TRUST_DOMAIN = "any.consul";

/** In order, so that of several problems the same one is told each time; an entry's own chain is the first. */
function chainsConcerned({ kind, name }: Proposed, entries: Entries): ReadonlySet<string> {
  const referring = referrers(entries).sort((a, b) => (a.from < b.from ? -1 : 1));
  if (kind === "proxy-defaults") return new Set(referring.map(({ from }) => from));
  return new Set([name, ...referring.filter(({ to }) => to.has(name)).map(({ from }) => from)]);
}

/** Every name that has a chain of its own, with the names that its entries refer to. */
function referrers(entries: Entries): { readonly from: string; readonly to: ReadonlySet<string> }[] {
  return [
    ...entries.list("service-router").map(({ Name, Routes }) => ({
      from: Name,
      to: names(Routes?.map(({ Destination }) => Destination?.Service)),
    })),
    ...entries.list("service-splitter").map(({ Name, Splits }) => ({
      from: Name,
      to: names(Splits.map(({ Service }) => Service)),
    })),
    ...entries.list("service-resolver").map(({ Name, Redirect, Failover = {} }) => ({
      from: Name,
      to: names([Redirect?.Service, ...Object.values(Failover).map(({ Service }) => Service)]),
    })),
  ];
}

function names(given: readonly (string | undefined)[] = []): ReadonlySet<string> {
  return new Set(given.flatMap((name) => (name === undefined || name === "" ? [] : [name])));
}

function ingressesConcerned({ kind, name }: Proposed, entries: Entries): readonly Draft<"ingress-gateway">[] {
  const all = entries.list("ingress-gateway");
  if (kind === "proxy-defaults") return all;
  if (kind === "ingress-gateway") return all.filter(({ Name }) => Name === name);
  return all.filter((ingress) => exposed(ingress).some(({ service }) => service === name));
}

function exposed({ Listeners }: Draft<"ingress-gateway">) {
  return (Listeners ?? []).flatMap(({ Protocol, Services }) =>
    (Services ?? []).filter(({ Name }) => Name !== "*").map(({ Name }) => ({ service: Name, protocol: Protocol })),
  );
}

/** A listener speaks the protocol of what it exposes; a tcp listener may carry another one whole, unless it is itself being written. */
function ingressProblem(
  ingress: Draft<"ingress-gateway">,
  { kind }: Proposed,
  entries: Entries,
  mesh: MeshLocation,
): string | undefined {
  for (const { service, protocol } of exposed(ingress)) {
    const compiled = compileChain(service, entries, mesh);
    if (compiled.kind === "unsound") return describeChainProblem(compiled.problem);
    const { chain } = compiled;
    if (chain.protocol === protocol) continue;
    const resolved = chain.nodes.get(chain.startNode)?.kind === "resolver";
    if (kind !== "ingress-gateway" && protocol === "tcp" && resolved) continue;
    const mismatch = `does not match defined listener protocol ${quoted(protocol)}`;
    return `service ${quoted(service)} has protocol ${quoted(chain.protocol)}, which ${mismatch}`;
  }
  return undefined;
}
