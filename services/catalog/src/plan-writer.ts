import type { Bucket, Mirror } from "@causeway/bus";
import { type BUCKETS, type NodeRecord, withIndexes } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { inParallel } from "./in-parallel.ts";
import type { InstanceWrite, NodeWrite, Plan } from "./plan.ts";

/** Writes on their way at one time: enough to fill the connection, few enough that other requests get their turn. */
const WRITES_AT_ONCE = 64;

/** Where the catalog is kept. */
export type CatalogBucket = Bucket<typeof BUCKETS.catalog>;
export type CatalogMirror = Mirror<typeof BUCKETS.catalog>;

/**
 * Writes a plan, every record by compare-and-set, and resolves when `catalog` has read it back.
 * Throws a BusError `CONFLICT` when something that the plan was made from has changed; what was written by then stays.
 */
export async function writePlan(
  plan: Plan,
  { bucket, mirror, catalog }: { bucket: CatalogBucket; mirror: CatalogMirror; catalog: CatalogIndex },
): Promise<void> {
  let last = 0;
  const note = (revision: number) => {
    last = Math.max(last, revision);
  };
  let node = nodeOf(catalog, plan.node);
  if (plan.nodeWrite !== undefined) {
    const revision = await writeNode(bucket, plan.nodeWrite);
    node = withIndexes(plan.nodeWrite.record, revision);
    note(revision);
  }
  await inParallel(plan.instanceWrites, WRITES_AT_ONCE, async (write) =>
    note(await writeInstance(bucket, write, node)),
  );
  await inParallel(plan.instanceRemovals, WRITES_AT_ONCE, async ({ names, revision }) =>
    note(await bucket.remove("instance", names, revision)),
  );
  await inParallel(plan.nodeRemovals, WRITES_AT_ONCE, async ({ names, revision }) =>
    note(await bucket.remove("node", names, revision)),
  );
  await mirror.reach(last);
}

function nodeOf(catalog: CatalogIndex, name: string): NodeRecord | undefined {
  const stored = catalog.node(name);
  return stored === undefined ? undefined : withIndexes(stored.value, stored.revision);
}

function writeNode(bucket: CatalogBucket, { record, revision }: NodeWrite): Promise<number> {
  const names = [record.Node.Node];
  return revision === 0 ? bucket.create("node", names, record) : bucket.update("node", names, record, revision);
}

function writeInstance(bucket: CatalogBucket, write: InstanceWrite, node: NodeRecord | undefined): Promise<number> {
  if (node === undefined) throw new Error("an instance cannot be written before its node");
  const { service, checks, revision } = write;
  const names = [service.Service, node.Node.Node, service.ID];
  const record = { Node: node.Node, Service: service, Checks: [...checks], NodeChecks: node.Checks };
  return revision === 0 ? bucket.create("instance", names, record) : bucket.update("instance", names, record, revision);
}
