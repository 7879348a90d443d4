import type { Facts, GatewayHop, Instance, Link, Place, ProxyFacts, RootFacts, Upstream } from "./facts.ts";
import { healthy } from "./instances.ts";
import { placesOf } from "./places.ts";
import type { Reader } from "./reader.ts";
import { type Known, known } from "./step.ts";

/** What is asked of a diagnosis. */
export type Question = {
  readonly source: string;
  /** ID of the sidecar, or of the instance that it stands beside; undefined chooses one. */
  readonly sidecar: string | undefined;
  readonly destination: string;
  readonly datacenter: string | undefined;
};

/** Told of what is being looked at. */
export type Progress = (what: string) => void;

/** More replicas than these say nothing new. */
const PROXIES_LOOKED_AT = 8;

/** All facts but the connection: what is registered and configured, and what each proxy on the way tells of itself. */
export async function gather(
  reader: Reader,
  { source, sidecar: wanted, destination, datacenter }: Question,
  progress: Progress,
): Promise<Omit<Facts, "attempt" | "nowMs">> {
  progress(`who ${source} is`);
  const self = await reader.json<Self>("/v1/agent/self");
  const { Datacenter: ownDatacenter = "", NodeName: ownNode = "" } = self.kind === "known" ? self.value.Config : {};
  const [instances, sidecars, roots] = await Promise.all([
    reader.list<Instance>(`/v1/health/service/${encodeURIComponent(source)}`),
    sidecarsOf(reader, source),
    reader.json<RootFacts>("/v1/connect/ca/roots"),
  ]);
  const chosen = sidecars.kind === "known" ? chosenAmong(sidecars.value, wanted, ownNode) : undefined;
  progress("the sidecar");
  const sidecar = chosen && (await reader.proxy(chosen, ownDatacenter));
  const upstream = sidecar && upstreamOf(sidecar.instance, destination, datacenter);
  progress(`where ${destination} leads`);
  const places = await placesOf(reader, { sidecar, upstream, destination, datacenter, ownDatacenter, ownNode });
  const place = inUse(places);
  const there = place?.leading.datacenter;
  progress("the proxies on the way");
  const [gatewayHops, takers, links, intention] = await Promise.all([
    gatewaysOnTheWay(reader, place, ownDatacenter),
    takersOf(reader, place),
    place === undefined ? known([]) : linksOf(reader, place.leading.service),
    reader.json<Extract<Facts["intention"], { kind: "known" }>["value"]>("/v1/connect/intentions/explain", {
      source,
      destination: place?.leading.service ?? destination,
      dc: place?.datacenter.kind === "known" && place.datacenter.value === "answers" ? there : undefined,
    }),
  ]);
  return {
    ...{ source, destination, datacenter, ownDatacenter, ownNode, instances, sidecars, sidecar, upstream },
    ...{ places, place, gatewayHops, links, takers, roots, intention },
  };
}

type Self = { readonly Config: { readonly Datacenter: string; readonly NodeName: string } };

/** Sidecars, not whoever else takes connections for the service. */
async function sidecarsOf(reader: Reader, service: string): Promise<Known<readonly Instance[]>> {
  const found = await reader.list<Instance>(`/v1/health/connect/${encodeURIComponent(service)}`);
  return found.kind === "unknown"
    ? found
    : known(found.value.filter((instance) => instance.Service.Kind === "connect-proxy"));
}

function chosenAmong(sidecars: readonly Instance[], wanted: string | undefined, node: string): Instance | undefined {
  if (wanted === undefined) return sidecars.find(({ Node }) => Node.Node === node) ?? sidecars[0];
  return sidecars.find(({ Service }) => Service.ID === wanted || Service.Proxy?.DestinationServiceID === wanted);
}

/** The upstream by its name and datacenter; without a datacenter, the caller's own one goes before others. */
function upstreamOf(sidecar: Instance, destination: string, datacenter: string | undefined): Upstream | undefined {
  const all = (sidecar.Service.Proxy?.Upstreams ?? []).filter((each) => each.DestinationName === destination);
  if (datacenter !== undefined) {
    return all.find((each) => each.Datacenter === datacenter) ?? all.find((each) => !each.Datacenter);
  }
  return all.find((each) => !each.Datacenter) ?? all[0];
}

/** The first place where somebody takes connections, or else the first. */
function inUse(places: Facts["places"]): Place | undefined {
  if (places.kind === "unknown" || typeof places.value === "string") return undefined;
  const works = ({ providers, instances }: Place) =>
    [providers, instances].every((each) => each.kind === "known" && healthy(each.value).length > 0);
  return places.value.find(works) ?? places.value[0];
}

async function takersOf(reader: Reader, place: Place | undefined): Promise<readonly ProxyFacts[]> {
  if (place?.providers.kind !== "known") return [];
  return proxiesOf(reader, place.providers.value, place.leading.datacenter);
}

function proxiesOf(reader: Reader, instances: readonly Instance[], datacenter: string): Promise<ProxyFacts[]> {
  const looked = instances.slice(0, PROXIES_LOOKED_AT).map(async (instance): Promise<ProxyFacts> => {
    if (!instance.Service.Kind) return { instance, datacenter, process: known(undefined), listens: true };
    return reader.proxy(instance, datacenter);
  });
  return Promise.all(looked);
}

/** Gateways of the datacenter that is dialled first, and where that is the caller's own, those over there. */
async function gatewaysOnTheWay(
  reader: Reader,
  place: Place | undefined,
  ownDatacenter: string,
): Promise<readonly GatewayHop[]> {
  if (place === undefined || place.leading.through === "") return [];
  const { through, datacenter } = place.leading;
  const passed = through === datacenter ? [datacenter] : [through, datacenter];
  const published = await reader.json<Record<string, readonly Instance[] | null>>(
    "/v1/internal/federation-states/mesh-gateways",
  );
  if (published.kind === "unknown") return passed.map((each) => ({ datacenter: each, gateways: published }));
  return Promise.all(
    passed.map(async (each) => {
      const seen = published.value[each] ?? [];
      const gateways = await Promise.all([...new Set(seen.map(({ Service }) => Service.Service))].map(now(each)));
      // What was published holds where its datacenter cannot be asked.
      const current = gateways.every(({ kind }) => kind === "known")
        ? gateways.flatMap((known) => (known.kind === "known" ? known.value : []))
        : seen;
      return { datacenter: each, gateways: known(await proxiesOf(reader, current, each)) };
    }),
  );
  function now(datacenter: string) {
    const dc = datacenter === ownDatacenter ? undefined : datacenter;
    return (service: string) => reader.list<Instance>(`/v1/health/service/${encodeURIComponent(service)}`, { dc });
  }
}

type GatewayEntry = { readonly Name: string; readonly Services: readonly { readonly Name: string }[] | null };

async function linksOf(reader: Reader, service: string): Promise<Known<readonly Link[]>> {
  const entries = await reader.list<GatewayEntry>("/v1/config/terminating-gateway");
  if (entries.kind === "unknown") return entries;
  const links = entries.value.flatMap(({ Name: gateway, Services }) =>
    (Services ?? [])
      .filter(({ Name }) => Name === service || Name === "*")
      .map(({ Name }) => ({ gateway, wildcard: Name === "*" })),
  );
  return known(links);
}
