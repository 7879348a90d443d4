import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Attempt, Connection, Facts, HopSeen, ProxyFacts } from "./facts.ts";
import { hostPort, nameOf } from "./instances.ts";
import type { Reader } from "./reader.ts";
import { listenerName } from "./source-steps.ts";
import type { Known } from "./step.ts";

/** How a connection is made, and for how long it is watched. */
export type AttemptOptions = {
  /** Whether this command runs on the host of the agent's node, so that the sidecar's local ports are here. */
  readonly here: boolean;
  /** For the whole attempt. */
  readonly timeoutMs: number;
};

/** What a hop is on the way. */
type Hop = {
  readonly role: string;
  readonly proxy: ProxyFacts;
  readonly concerns: (record: Connection) => boolean;
  lastId: number;
};

const POLL_MS = 50;

/** With TLS 1.3 a far side may turn a client away after the client took the handshake for done. */
const SETTLE_MS = 200;

/**
 * Connects to the upstream's local port as the application would, sends nothing, and looks at each hop until all carry the connection, one
 * has refused it, or the time is over. The connection is closed in the end.
 */
export async function attempt(
  reader: Reader,
  facts: Omit<Facts, "attempt" | "nowMs">,
  options: AttemptOptions,
): Promise<Attempt> {
  const why = obstacle(facts, options);
  if (why !== undefined) return { kind: "not made", why };
  const { upstream, sidecar } = facts;
  if (upstream === undefined || sidecar === undefined) return { kind: "not made", why: "there is no upstream" };
  const hops = hopsOf(facts, sidecar);
  for (const hop of hops) hop.lastId = Math.max(-1, ...idsOf(await recordsOf(reader, hop)));
  const host = upstream.LocalBindAddress || "127.0.0.1";
  const address = hostPort(host, upstream.LocalBindPort ?? 0);
  const socket = connect({ host, port: upstream.LocalBindPort ?? 0 });
  socket.on("error", () => {});
  try {
    const problem = await connected(socket, options.timeoutMs);
    if (problem !== undefined) return { kind: "made", address, open: false, problem, hops: [] };
    const seen = await watch(reader, hops, socket, options.timeoutMs);
    return { kind: "made", address, open: !gone(socket), hops: seen };
  } finally {
    socket.destroy();
  }
}

/** Why no connection can be made from here. */
function obstacle(facts: Omit<Facts, "attempt" | "nowMs">, { here }: AttemptOptions): string | undefined {
  const { sidecar, upstream, ownNode } = facts;
  if (sidecar === undefined || upstream === undefined) return "there is no upstream to call";
  if (sidecar.process.kind === "unknown") return sidecar.process.why;
  if (sidecar.process.value === undefined) return "the sidecar does not run";
  const { Node } = sidecar.instance.Node;
  if (!here || Node !== ownNode) return `the sidecar is on another host: run this on that of ${Node}`;
  const listener = sidecar.process.value.routes?.listeners.find(({ name }) => name === listenerName(upstream));
  return listener?.bound === true ? undefined : "the sidecar does not listen on the upstream's port";
}

/** The proxies on the way, in order, each with what tells the connection's records among those of others. */
function hopsOf(
  { source, gatewayHops, takers, upstream, place }: Omit<Facts, "attempt" | "nowMs">,
  sidecar: ProxyFacts,
) {
  const name = upstream === undefined ? "" : upstream.DestinationName;
  const service = place?.leading.service ?? name;
  const names = (record: Connection) => record.serverName?.split(".").includes(service) === true;
  const gateways = gatewayHops.flatMap(({ gateways }) => (gateways.kind === "known" ? gateways.value : []));
  const first: Hop = {
    role: "sidecar",
    proxy: sidecar,
    concerns: ({ source: from }) => from === undefined,
    lastId: -1,
  };
  return [
    first,
    ...gateways.map((proxy): Hop => ({ role: `mesh-gateway-${proxy.datacenter}`, proxy, concerns: names, lastId: -1 })),
    ...takers
      .filter(({ instance }) => instance.Service.Kind)
      .map(
        (proxy): Hop => ({
          role: "destination",
          proxy,
          concerns: (record) => (record.source ?? source) === source && leadsTo(record, service),
          lastId: -1,
        }),
      ),
  ];
}

/** Whether a record is of a connection to a service, or of one that has not said where it wants to go. */
function leadsTo({ destination }: Connection, service: string): boolean {
  return destination === undefined || destination === service || destination.endsWith(`.${service}`);
}

async function recordsOf(reader: Reader, { proxy }: Hop): Promise<Known<readonly Connection[]>> {
  return reader.connections(proxy.instance, proxy.datacenter);
}

function idsOf(records: Known<readonly Connection[]>): readonly number[] {
  return records.kind === "known" ? records.value.map(({ id }) => id) : [];
}

async function connected(socket: Socket, timeoutMs: number): Promise<string | undefined> {
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(timeoutMs) });
    // Its end is only seen by who reads.
    socket.resume();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function gone(socket: Socket): boolean {
  return socket.destroyed || socket.readableEnded;
}

/** Looks at the hops until their answers do not change any more. */
async function watch(
  reader: Reader,
  hops: readonly Hop[],
  socket: Socket,
  timeoutMs: number,
): Promise<readonly HopSeen[]> {
  const own = hostPort(socket.localAddress ?? "", socket.localPort ?? 0);
  const endsAt = performance.now() + timeoutMs;
  let settled = false;
  for (;;) {
    const over = gone(socket);
    const seen = byRole(await Promise.all(hops.map((hop, at) => look(reader, hop, at === 0 ? own : undefined))));
    const carried = seen.every(({ state }) => state === "carried" || state === "unknown");
    if (settled || performance.now() > endsAt) return seen;
    settled = carried || over || seen.some(({ state }) => state === "refused");
    await sleep(settled ? SETTLE_MS : POLL_MS);
  }
}

async function look(reader: Reader, hop: Hop, client: string | undefined): Promise<HopSeen> {
  const { instance } = hop.proxy;
  const base = { role: hop.role, proxy: nameOf(instance), kind: instance.Service.Kind ?? "" };
  const { process } = hop.proxy;
  if (process.kind === "known" && process.value === undefined) return { ...base, state: "unknown", why: SILENT };
  const records = await recordsOf(reader, hop);
  if (records.kind === "unknown") return { ...base, state: "unknown", why: records.why };
  const record = records.value.find(
    (each) => each.id > hop.lastId && (client === undefined ? hop.concerns(each) : each.client === client),
  );
  if (record === undefined) return { ...base, state: "unseen" };
  if (record.outcome !== undefined) return { ...base, state: "refused", record };
  return { ...base, state: record.endpoint === undefined ? "unseen" : "carried", record };
}

const SILENT = "nobody answers for it on the bus";

/** Of replicas only the one that saw the connection; if none did, the first. */
function byRole(seen: readonly HopSeen[]): readonly HopSeen[] {
  return [...Map.groupBy(seen, ({ role }) => role).values()].flatMap((group) => {
    const met = group.find(({ state }) => state === "carried" || state === "refused");
    return met ?? group.slice(0, 1);
  });
}
