import {
  type AclCheck,
  answer,
  Bucket,
  type Bus,
  type Change,
  everyoneMay,
  givePart,
  hearBeats,
  Mirror,
  recordKey,
} from "@causeway/bus";
import { BUCKETS, type GatewayServiceRecord, type InstanceRecord } from "@causeway/model";
import { type Clock, type Logger, systemClock } from "@causeway/runtime";
import { type AgentWatchOptions, watchAgents } from "./agent-watch.ts";
import { Catalog } from "./catalog.ts";
import { CatalogIndex } from "./catalog-index.ts";
import { CatchUp } from "./catch-up.ts";
import { checked } from "./checked.ts";
import { Deriver } from "./deriver.ts";
import { KeysByName } from "./keys-by-name.ts";
import type { GatewayEntry } from "./link-rules.ts";
import { Links, type Row, rowOf } from "./links.ts";
import { Members } from "./members.ts";
import { Membership } from "./membership.ts";
import { Slots } from "./slots.ts";

/** What the catalog is started with. */
export type CatalogOptions = {
  readonly bus: Bus;
  /** Copies of the bucket: 1, or 3 where NATS is a cluster. */
  readonly replicas: number;
  /** Who may write what; everyone unless told. */
  readonly check?: AclCheck;
  /** How agents are watched. */
  readonly agents: Pick<AgentWatchOptions, "graceMs" | "reconnectTimeoutMs">;
  /** That of the machine unless told. */
  readonly clock?: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly signal: AbortSignal;
};

/** What can be seen of a running catalog. */
export type CatalogState = {
  readonly nodes: number;
  readonly instances: number;
  readonly revision: number;
  readonly linksFollowed: boolean;
  readonly rowsToDerive: number;
};

/**
 * Starts the catalog on a bus: opens its bucket, reads it, mends what a crash has left behind, then answers its verbs. Derived rows
 * follow as soon as the config entries have been read, which may be later. Gives a view of its state.
 */
export async function startCatalog({
  bus,
  replicas,
  check = everyoneMay,
  agents,
  clock = systemClock,
  log,
  signal,
}: CatalogOptions): Promise<() => CatalogState> {
  const bucket = await Bucket.open(bus, BUCKETS.catalog, replicas);
  const index = new CatalogIndex();
  const members = new Members(index);
  const keys = new KeysByName();
  const links = new Links();
  const slots = new Slots();

  const read = Promise.withResolvers<void>();
  const mirror = Mirror.follow(bus, BUCKETS.catalog, {}, signal, {
    changed: (change) => {
      index.apply(change);
      keys.apply(change);
      members.apply(change);
      deriver.mark([...instanceRows(links, change), ...clashingRows(slots, change)]);
    },
    current: read.resolve,
  });
  const deriver = new Deriver({ bucket, mirror, links, slots, log, signal });
  const catchUp = new CatchUp({ mirror, lastRevision: () => lastRevision(bus) });
  const catalog = new Catalog({ bucket, mirror, catchUp, catalog: index, deriver, datacenter: bus.datacenter });
  const { datacenter } = bus;
  const membership = new Membership({ bucket, mirror, catalog, index, members, clock, datacenter });

  await read.promise;
  const mended = await catalog.reconcile();
  if (mended > 0) log.warn({ records: mended }, "mended what an interrupted write had left behind");

  const followed = Promise.withResolvers<void>();
  const entries = Mirror.follow(bus, BUCKETS.configEntries, {}, signal, {
    changed: (change) => deriver.mark(entryRows(links, change)),
    current: () => {
      deriver.start();
      followed.resolve();
    },
  });
  answer(bus, {
    ...checked(catalog, { membership, known: index, catchUp, check }),
    "catalog.reflect": async ({ Revision }) => {
      await followed.promise;
      await entries.reach(Revision);
      await deriver.settle();
      return { Index: mirror.revision };
    },
    "catalog.read": (request) => givePart(mirror, (kind, names) => keys.under(kind, names), request),
  });
  watchAgents({ ...agents, beats: beatsOn(bus, log), members, membership, clock, log, signal });
  // Only then does the server know who answers.
  await bus.connection.flush();
  return () => ({
    ...index.size,
    revision: mirror.revision,
    linksFollowed: entries.current,
    rowsToDerive: deriver.waiting,
  });
}

function beatsOn(bus: Bus, log: CatalogOptions["log"]): AgentWatchOptions["beats"] {
  return {
    hear: (heard) => hearBeats(bus, log, heard),
    onReconnect: (listener) => bus.onReconnect(listener),
    confirm: async () => {
      await bus.whenConnected();
      // The server answers in the order of what it sends.
      await bus.connection.flush();
    },
  };
}

/** Asked of the stream and not of the last entry under a filter: that would be a search, and longer the more there is. */
async function lastRevision(bus: Bus): Promise<number> {
  const { state } = await bus.manager.streams.info(`KV_${BUCKETS.catalog.name}`);
  return state.last_seq;
}

function instanceRows(links: Links, { kind, names, record }: Change<unknown>): readonly Row[] {
  if (kind !== "instance") return [];
  return links.setInstance(recordKey(kind, names), record?.value as InstanceRecord | undefined);
}

function entryRows(links: Links, { kind, names, record }: Change<unknown>): readonly Row[] {
  if (kind !== "terminating-gateway" && kind !== "ingress-gateway") return [];
  return links.setEntry(kind, names[0] ?? "", record?.value as GatewayEntry | undefined);
}

/** The row of a terminating gateway's link that has changed, if it has a slot that is another's. */
function clashingRows(slots: Slots, { kind, names, record }: Change<unknown>): readonly Row[] {
  const [gateway = "", service = "", ...port] = names;
  if (kind !== "gateway-service" || port.length > 0) return [];
  const link = record?.value as GatewayServiceRecord | undefined;
  return slots.apply(gateway, service, link?.Slot) ? [rowOf(kind, names)].filter((row) => row !== undefined) : [];
}
