import { type Bucket, type Handlers, type Paths, Refusal, type Stored } from "@causeway/bus";
import { type BUCKETS, type FederationState, quoted, withIndexes } from "@causeway/model";
import { isNewer, nanosecondsOf } from "./news.ts";

/** What the verbs work on. */
export type Store = {
  readonly paths: Pick<Paths, "state" | "whenOpen" | "whenSilent">;
  readonly bucket: Bucket<typeof BUCKETS.federation>;
  /** Aborts when the service ends. */
  readonly signal: AbortSignal;
};

/** What a process can be told as its datacenter. */
const LEGAL_DATACENTER = /^[a-z0-9_-]+$/;

/** The verbs that the primary datacenter answers. */
export function federationVerbs(store: Store): Handlers<"federation.publish" | "federation.forget"> {
  return {
    "federation.publish": async ({ State }) => {
      const problem = problemOf(State);
      if (problem !== undefined) throw new Refusal(400, problem);
      return { Index: await store.bucket.change("state", [State.Datacenter], (current) => next(State, current)) };
    },
    "federation.forget": ({ Datacenter }) => forget(store, Datacenter),
  };
}

/** Why a state cannot be that of the datacenter that it names, or undefined when it can. */
export function problemOf({ Datacenter, CatalogMade, UpdatedAt, MeshGateways }: FederationState): string | undefined {
  if (!LEGAL_DATACENTER.test(Datacenter)) {
    return `Datacenter ${quoted(Datacenter)} is no name of a datacenter: use lower case letters, digits, "-" and "_"`;
  }
  for (const [field, time] of Object.entries({ CatalogMade, UpdatedAt })) {
    if (nanosecondsOf(time) === undefined) return `${field} ${quoted(time)} is no time: write it as RFC 3339 says`;
  }
  const stranger = MeshGateways.find(
    ({ Node, Service }) => Service.Kind !== "mesh-gateway" || Node.Datacenter !== Datacenter,
  );
  if (stranger === undefined) return undefined;
  const { Node, Service } = stranger;
  return `MeshGateways holds ${quoted(Service.ID)}, of kind ${quoted(Service.Kind)} in ${quoted(Node.Datacenter)}: it must be a mesh gateway in ${quoted(Datacenter)}`;
}

/** The record to keep when `published` arrives: the newest information wins. An index of 0 stands for the revision of the write. */
export function next(published: FederationState, current: Stored<FederationState> | undefined): FederationState {
  if (current === undefined) return { ...published, CreateIndex: 0, ModifyIndex: 0 };
  if (!isNewer(published, current.value)) return current.value;
  const { CreateIndex } = withIndexes(current.value, current.revision);
  return { ...published, CreateIndex, ModifyIndex: 0 };
}

async function forget({ paths, bucket, signal }: Store, Datacenter: string) {
  const heard = new AbortController();
  const known = AbortSignal.any([signal, heard.signal]);
  // A replica that has just started does not know yet.
  await Promise.race([paths.whenOpen(Datacenter, known), paths.whenSilent(Datacenter, known)]);
  heard.abort();
  if (paths.state(Datacenter) !== "silent") {
    throw new Refusal(
      500,
      `datacenter ${quoted(Datacenter)} cannot be forgotten: it is still there, its heartbeat is heard; stop its federation service first`,
    );
  }
  let Deleted = false;
  const Index = await bucket.change("state", [Datacenter], (current) => {
    Deleted = current !== undefined;
    return undefined;
  });
  return { Deleted, Index };
}
