import type { Bucket, Mirror } from "@causeway/bus";
import { type BUCKETS, type NodeRecord, withIndexes } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import { inParallel } from "./in-parallel.ts";
import type { InstanceWrite, NodeWrite, Plan, Removal } from "./plan.ts";

/** Writes on their way at one time: enough to fill the connection, few enough that other requests get their turn. */
const WRITES_AT_ONCE = 64;

/** Where the catalog is kept. */
export type CatalogBucket = Bucket<typeof BUCKETS.catalog>;
export type CatalogMirror = Mirror<typeof BUCKETS.catalog>;

/** What a plan is written with. */
export type PlanParts = {
  readonly bucket: CatalogBucket;
  readonly mirror: CatalogMirror;
  readonly catalog: CatalogIndex;
};

/**
 * Writes a plan, every record by compare-and-set, and resolves when `catalog` has read it back.
 * Throws a BusError `CONFLICT` when something that the plan was made from has changed; what was written by then stays.
 *
 * @param after - for a plan of one record: it was made from all that was written up to this revision, and is a conflict if that is no
 * longer all.
 */
export async function writePlan(plan: Plan, { bucket, mirror, catalog }: PlanParts, after?: number): Promise<void> {
  let last = 0;
  const note = (revision: number) => {
    last = Math.max(last, revision);
  };
  const remove = (kind: "node" | "instance", { names, revision }: Removal<readonly string[]>) =>
    after === undefined ? bucket.remove(kind, names, revision) : bucket.writeAfter(after, kind, names, undefined);
  let node = nodeOf(catalog, plan.node);
  if (plan.nodeWrite !== undefined) {
    const revision = await writeNode(bucket, plan.nodeWrite, after);
    node = withIndexes(plan.nodeWrite.record, revision);
    note(revision);
  }
  await inParallel(plan.instanceWrites, WRITES_AT_ONCE, async (write) =>
    note(await writeInstance(bucket, write, node, after)),
  );
  await inParallel(plan.instanceRemovals, WRITES_AT_ONCE, async (removal) => note(await remove("instance", removal)));
  await inParallel(plan.nodeRemovals, WRITES_AT_ONCE, async (removal) => note(await remove("node", removal)));
  await mirror.reach(last);
}

function nodeOf(catalog: CatalogIndex, name: string): NodeRecord | undefined {
  const stored = catalog.node(name);
  return stored === undefined ? undefined : withIndexes(stored.value, stored.revision);
}

function writeNode(bucket: CatalogBucket, { record, revision }: NodeWrite, after?: number): Promise<number> {
  const names = [record.Node.Node];
  if (after !== undefined) return bucket.writeAfter(after, "node", names, record);
  return revision === 0 ? bucket.create("node", names, record) : bucket.update("node", names, record, revision);
}

function writeInstance(
  bucket: CatalogBucket,
  write: InstanceWrite,
  node: NodeRecord | undefined,
  after?: number,
): Promise<number> {
  if (node === undefined) throw new Error("an instance cannot be written before its node");
  const { service, checks, revision } = write;
  const names = [service.Service, node.Node.Node, service.ID];
  const record = { Node: node.Node, Service: service, Checks: [...checks], NodeChecks: node.Checks };
  if (after !== undefined) return bucket.writeAfter(after, "instance", names, record);
  return revision === 0 ? bucket.create("instance", names, record) : bucket.update("instance", names, record, revision);
}
