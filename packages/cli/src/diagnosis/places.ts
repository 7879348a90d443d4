import type { UpstreamMode } from "../upstream-mode.ts";
import type { Facts, Instance, Leading, Place, ProxyFacts, Upstream } from "./facts.ts";
import type { Reader } from "./reader.ts";
import { type Known, known, unknown } from "./step.ts";

/** What it takes to follow an upstream. */
export type Followed = {
  readonly sidecar: ProxyFacts | undefined;
  readonly upstream: Upstream | undefined;
  readonly destination: string;
  readonly datacenter: string | undefined;
  readonly ownDatacenter: string;
  /** The node of the agent that is asked. */
  readonly ownNode: string;
};

/** The places that an upstream leads to and what is known of each, best first; a text says why it leads nowhere. */
export async function placesOf(reader: Reader, followed: Followed): Promise<Facts["places"]> {
  const led = await leadings(reader, followed);
  if (led.kind === "unknown") return led;
  const { value } = led;
  if (typeof value === "string") return known(value);
  const told = await reader.json<readonly string[]>("/v1/catalog/datacenters");
  const datacenters = told.kind === "known" ? told.value : [];
  return known(await Promise.all(value.map((leading) => placeOf(reader, leading, datacenters, followed))));
}

async function leadings(reader: Reader, followed: Followed): Promise<Known<readonly Leading[] | string>> {
  const { sidecar, upstream, ownNode } = followed;
  if (sidecar === undefined || upstream === undefined) return known([asNamed(followed)]);
  const { Service, Node } = sidecar.instance;
  const path = `/v1/agent/connect/upstreams/${encodeURIComponent(Service.ID)}`;
  const modes = await reader.json<readonly UpstreamMode[]>(path);
  if (modes.kind === "unknown") {
    const elsewhere = Node.Node !== ownNode;
    return elsewhere ? unknown(`the agent of ${Node.Node}, where the sidecar is, knows: name it by -http-addr`) : modes;
  }
  const own = modes.value.filter(
    (mode) =>
      mode.DestinationName === upstream.DestinationName &&
      mode.Datacenter === (upstream.Datacenter ?? "") &&
      mode.LocalBindPort === (upstream.LocalBindPort ?? 0),
  );
  const nowhere = own.find(({ Target }) => Target === null);
  if (nowhere !== undefined) return known(nowhere.Meaning);
  if (own.length === 0) return unknown("the agent has not read this upstream yet");
  return known(own.flatMap(leadingOf));
}

/** Where nothing leads elsewhere. */
function asNamed({ destination, datacenter, ownDatacenter }: Followed): Leading {
  const place = { service: destination, subset: "", datacenter: datacenter ?? ownDatacenter, failover: false };
  return { ...place, mode: "", setBy: "nothing", through: "", meaning: "no upstream says how" };
}

function leadingOf({ Target, Mode: mode, SetBy: setBy, Through: through, Meaning: meaning }: UpstreamMode): Leading[] {
  if (Target === null) return [];
  const { Service: service, ServiceSubset: subset, Datacenter: datacenter, Failover: failover } = Target;
  return [{ service, subset, datacenter, failover, mode, setBy, through, meaning }];
}

async function placeOf(
  reader: Reader,
  leading: Leading,
  datacenters: readonly string[],
  { ownDatacenter }: Followed,
): Promise<Place> {
  const { service, datacenter: where } = leading;
  const dc = where === ownDatacenter ? undefined : where;
  const named = encodeURIComponent(service);
  const ask = (path: string) => reader.list<Instance>(`${path}${named}`, { dc });
  const datacenter = await stateOf(reader, dc, datacenters);
  if (datacenter.kind === "unknown" || datacenter.value !== "answers") {
    const why = unknown(`the datacenter ${where} does not answer`);
    return { leading, datacenter, instances: why, providers: why };
  }
  const [instances, providers] = await Promise.all([ask("/v1/health/service/"), ask("/v1/health/connect/")]);
  return { leading, datacenter, instances, providers };
}

async function stateOf(
  reader: Reader,
  dc: string | undefined,
  datacenters: readonly string[],
): Promise<Place["datacenter"]> {
  if (dc === undefined) return known("answers");
  if (!datacenters.includes(dc)) return known("unknown");
  const answer = await reader.json<unknown>("/v1/status/leader", { dc });
  if (answer.kind === "known") return known("answers");
  return /no path to datacenter/i.test(answer.why) ? known("silent") : answer;
}
