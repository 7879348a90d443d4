import { AclBootstrapped, AclPolicy, AclRole, AclToken } from "./acl.ts";
import { CaConfiguration, CaRoots, SealedIntermediate, SealedKey } from "./ca.ts";
import { ConnectRecord, GatewayServiceRecord, InstanceRecord, MeshGatewayRecord, NodeRecord } from "./catalog.ts";
import {
  IngressGatewayEntry,
  MeshEntry,
  ProxyDefaultsEntry,
  ServiceDefaultsEntry,
  ServiceResolverEntry,
  ServiceRouterEntry,
  ServiceSplitterEntry,
  TerminatingGatewayEntry,
} from "./config-entries.ts";
import { FederationState } from "./federation.ts";
import { DefaultPolicy, DestinationIntentions } from "./intention.ts";
import { KvEntry, KvTurn, LockDelay, SessionRecord, SessionRenewal } from "./kv.ts";
import { AgentRecord } from "./membership.ts";
import type { TSchema } from "./schema.ts";

/** A key-value bucket: its name, and the schema of its values by the first token of the key. */
export type BucketDefinition = {
  readonly name: string;
  readonly kinds: Readonly<Record<string, TSchema>>;
  /** True of what holds in every datacenter: it is written in the primary one, and each other one has a copy that follows it. */
  readonly global?: true;
  /** The verb by which its owner gives a part of it from memory, to whoever may read it. */
  readonly readBy?: "catalog.read";
};

/** Every bucket, each written by the one service that its name begins with; those that are not global are each datacenter's own. */
export const BUCKETS = {
  catalog: {
    name: "catalog",
    readBy: "catalog.read",
    kinds: {
      node: NodeRecord,
      instance: InstanceRecord,
      agent: AgentRecord,
      "gateway-service": GatewayServiceRecord,
      connect: ConnectRecord,
      "mesh-gateway": MeshGatewayRecord,
    },
  },
  configEntries: {
    name: "config-entries",
    global: true,
    kinds: {
      "terminating-gateway": TerminatingGatewayEntry,
      "service-defaults": ServiceDefaultsEntry,
      "proxy-defaults": ProxyDefaultsEntry,
      "service-resolver": ServiceResolverEntry,
      "service-router": ServiceRouterEntry,
      "service-splitter": ServiceSplitterEntry,
      "ingress-gateway": IngressGatewayEntry,
      mesh: MeshEntry,
    },
  },
  intentions: {
    name: "intentions",
    global: true,
    kinds: { destination: DestinationIntentions, settings: DefaultPolicy },
  },
  caRoots: { name: "ca-roots", global: true, kinds: { roots: CaRoots, configuration: CaConfiguration } },
  caKeys: { name: "ca-keys", kinds: { key: SealedKey, intermediate: SealedIntermediate } },
  /** Holds secrets: to be read by acl, and by whoever has to tell what a token may do. */
  acl: {
    name: "acl",
    global: true,
    kinds: { policy: AclPolicy, role: AclRole, token: AclToken, bootstrap: AclBootstrapped },
  },
  federation: { name: "federation", global: true, kinds: { state: FederationState } },
  kv: {
    name: "kv",
    kinds: { entry: KvEntry, session: SessionRecord, renewal: SessionRenewal, "lock-delay": LockDelay, turn: KvTurn },
  },
} as const satisfies Record<string, BucketDefinition>;
export type BucketId = keyof typeof BUCKETS;
