import { join } from "node:path";
import { loadOrCreateSealKey } from "@causeway/pki";
import type { Clock } from "@causeway/runtime";
import type { GatewayLog } from "./gateway-log.ts";
import { LeafFiles } from "./leaf-files.ts";
import type { HeldLeaf } from "./leaves.ts";
import { PrivateFiles } from "./private-files.ts";
import type { Records } from "./sources.ts";
import { type ReadRecords, readStateFiles, StateFiles } from "./state-files.ts";
import type { Watch } from "./watch.ts";

/** What a gateway has on disk to start from when nobody can be asked. */
export type Disk = {
  readonly restored: {
    readonly state: ReadonlyMap<string, Records>;
    readonly leaves: ReadonlyMap<string, HeldLeaf>;
  };
  readonly keepState: (watch: Watch, read: ReadRecords) => void;
  /** By the name of the leaf. */
  readonly keepLeaf: (name: string, leaf: HeldLeaf | undefined) => void;
  /** Removes what was restored and belongs to none of these. */
  readonly retain: (watches: ReadonlySet<string>, services: ReadonlySet<string>) => void;
  /** Resolves when all is written; nothing is kept or removed after that. */
  readonly close: () => Promise<void>;
};

export type DiskOptions = {
  readonly dataDir: string;
  /** Tells this proxy's own folder from those of others in the same data folder. */
  readonly owner: string;
  /** File of the key that leaf keys are sealed with, made where there is none; `seal.key` in the folder unless said. */
  readonly sealKeyFile?: string | undefined;
  readonly datacenter: string;
  readonly clock: Clock;
  readonly log: Pick<GatewayLog, "warn">;
};

/** Keeps nothing: a gateway without a folder starts only where NATS can be reached. */
export const noDisk: Disk = {
  restored: { state: new Map(), leaves: new Map() },
  keepState() {},
  keepLeaf() {},
  retain() {},
  async close() {},
};

/**
 * Opens the folder in which a gateway keeps what it knows, readable by its owner alone: the state that it follows in JSON, its leaves
 * with their keys sealed. Rejects when the folder cannot be made, or the seal key is readable by others.
 */
export async function openDisk({ dataDir, owner, sealKeyFile, datacenter, clock, log }: DiskOptions): Promise<Disk> {
  const failed = (facts: object) => log.warn(facts, "not kept on disk");
  const unreadable = (facts: object) => log.warn(facts, "left out of what was kept on disk");
  const sealKey = await loadOrCreateSealKey(sealKeyFile ?? join(dataDir, "seal.key"));
  const stateFolder = await PrivateFiles.open(join(dataDir, owner, "state"), ".json");
  const leafFolder = await PrivateFiles.open(join(dataDir, owner, "leaves"), ".sealed");
  const state = new StateFiles({ files: stateFolder, datacenter, clock, failed });
  const leaves = new LeafFiles({ files: leafFolder, sealKey, failed });
  const restored = {
    state: await readStateFiles({ files: stateFolder, datacenter, failed: unreadable }),
    leaves: await leaves.readAll(unreadable),
  };
  return {
    restored,
    keepState: (watch, read) => state.changed(watch, read),
    keepLeaf: (service, leaf) => leaves.keep(service, leaf),
    retain(watches, services) {
      for (const key of restored.state.keys()) if (!watches.has(key)) state.forget(key);
      for (const service of restored.leaves.keys()) if (!services.has(service)) leaves.keep(service, undefined);
    },
    close: async () => {
      await Promise.all([state.close(), leaves.flush()]);
    },
  };
}
