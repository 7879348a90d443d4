import type { BucketDefinition } from "@causeway/model";
import { DiscardPolicy, JetStreamApiError } from "@nats-io/jetstream";
import type { Bus } from "./connection.ts";
import { BusError } from "./errors.ts";

/** NATS: "stream name already in use with a different configuration". */
const NAME_IN_USE = 10_058;

/** Whether a bucket is written elsewhere: in the primary datacenter, while this is another one. */
export function isCopy(bus: Pick<Bus, "datacenter" | "primaryDatacenter">, { global }: BucketDefinition): boolean {
  return global === true && bus.primaryDatacenter !== bus.datacenter;
}

/**
 * Makes this datacenter's copy of a bucket of the primary one, unless it is there: a stream that NATS itself keeps a mirror of the
 * other, with the same revisions. It follows as soon as the primary can be reached, goes on where it was after each interruption, and
 * is read like the bucket meanwhile.
 *
 * @throws BusError NOT_A_COPY when a bucket of that name is there that was written here.
 * @see https://docs.nats.io/nats-concepts/jetstream/source_and_mirror
 */
export async function makeCopy(bus: Bus, { name }: BucketDefinition, replicas: number): Promise<void> {
  const stream = `KV_${name}`;
  const settings = {
    name: stream,
    mirror: { name: stream, external: { api: `$JS.${bus.primaryDatacenter}.API`, deliver: "" } },
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    deny_delete: true,
    allow_rollup_hdrs: true,
  };
  try {
    await bus.manager.streams.add(settings);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NAME_IN_USE) throw error;
    const { config } = await bus.manager.streams.info(stream);
    if (config.mirror?.external?.api !== settings.mirror.external.api) {
      throw new BusError({ code: "NOT_A_COPY", bucket: name, primary: bus.primaryDatacenter }, { cause: error });
    }
  }
}
