import { ask } from "@causeway/bus";
import { type CatalogOperation, type KvOperation, MAX_TRANSACTION_OPERATIONS, quoted } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { any, decodeBody, listOf, type Shaped, string, struct, uint64 } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { pairJson } from "../render/kv-json.ts";
import {
  CATALOG_OPERATIONS,
  catalogOperation,
  resultJson,
  type Transacted,
  transactCatalog,
} from "./catalog-transactions.ts";
import { tooLong } from "./too-long.ts";
import { whenShown } from "./when-shown.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "catalog" | "kv" | "log">;

/** Several operations on keys and on the catalog, all or none of which are done. @see https://developer.hashicorp.com/consul/api-docs/txn */
export function transactionEndpoints(agent: Agent): readonly Endpoint[] {
  return [{ path: "/v1/txn", methods: { PUT: (request) => transact(agent, request) }, tooLong: tooLongBody }];
}

const OperationShape = struct("api.KVTxnOp", {
  Verb: string,
  Key: string,
  Value: string,
  Flags: uint64,
  Index: uint64,
  Session: string,
  Namespace: string,
});

const TransactionShape = listOf(struct("api.TxnOp", { KV: OperationShape, ...CATALOG_OPERATIONS, Intention: any }));

/** Without one of these, a transaction only reads. */
const WRITING: readonly string[] = ["set", "cas", "lock", "unlock", "delete", "delete-cas", "delete-tree"];

/** What Consul tells along with a transaction that only reads. */
const READ = { Index: 0, LastContact: 0, KnownLeader: true, ConsistencyLevel: "" };
const READ_HEADERS = { "X-Consul-KnownLeader": "true", "X-Consul-LastContact": "0" };

/** Longest body, in bytes: Consul's default `txn_max_req_len`, which one message of the bus takes. */
const MAX_BODY_BYTES = 524_288;

async function transact(agent: Agent, request: ApiRequest): Promise<Answer> {
  const { body } = request;
  refuseLong(Buffer.byteLength(body));
  const { results, errors, onlyReads, headers } = await done(agent, request, operationsOf(body));
  const failed = errors.length > 0;
  const told = { Results: failed ? null : results, Errors: failed ? errors : null, ...(onlyReads ? READ : {}) };
  return json(told, { ...headers, ...(onlyReads ? READ_HEADERS : {}) }, failed ? 409 : 200);
}

/** Has the owner of what the operations are about do them, or where they are about both that of keys, which asks that of the catalog. */
async function done(agent: Agent, request: ApiRequest, { keys, catalog }: Operations): Promise<Transacted> {
  const ofKeys = keys.map(({ operation }) => operation);
  const ofCatalog = catalog.map(({ operation }) => operation);
  if (keys.length === 0 && catalog.length > 0) return await transactCatalog(agent, request, ofCatalog);
  const told = await ask(agent.bus, "kv.transact", {
    Operations: ofKeys,
    ...(catalog.length === 0 ? {} : { Catalog: ofCatalog }),
    ...askedBy(agent, request),
  });
  const { Catalog = { Results: [], Errors: [], Index: 0 } } = told;
  const results = [
    ...told.Results.map(({ OpIndex, Key, Entry }) => at(keys, OpIndex, { KV: pairJson({ key: Key, entry: Entry }) })),
    ...Catalog.Results.map((result) => at(catalog, result.OpIndex ?? 0, resultJson(result))),
  ];
  const errors = [
    ...told.Errors.map((error) => at(keys, error.OpIndex, error)),
    ...Catalog.Errors.map((error) => at(catalog, error.OpIndex, error)),
  ];
  const [shown, catalogShown] = await Promise.all([
    whenShown(agent, agent.kv, told.Index),
    whenShown(agent, agent.catalog, Catalog.Index),
  ]);
  return {
    results: inOrder(results).map(({ value }) => value),
    errors: inOrder(errors).map(({ place, value }) => ({ ...value, OpIndex: place })),
    onlyReads: !ofKeys.some(({ Verb }) => WRITING.includes(Verb)) && ofCatalog.every(({ Verb }) => Verb === "get"),
    headers: { ...catalogShown, ...shown },
  };
}

/** What came of an operation, and which of all it was. */
type At<T> = { readonly place: number; readonly value: T };

function at<T>(operations: readonly { readonly place: number }[], opIndex: number, value: T): At<T> {
  return { place: operations[opIndex]?.place ?? opIndex, value };
}

function inOrder<T>(told: readonly At<T>[]): readonly At<T>[] {
  return told.toSorted((one, other) => one.place - other.place);
}

function tooLongBody(bytes: number): string {
  return tooLong(bytes, MAX_BODY_BYTES, "txn_max_req_len");
}

function refuseLong(bytes: number): void {
  if (bytes > MAX_BODY_BYTES) throw answered(413, tooLongBody(bytes));
}

/** Operations by who owns what they are about, each with its place among all. */
type Operations = {
  readonly keys: readonly Placed<KvOperation>[];
  readonly catalog: readonly Placed<CatalogOperation>[];
};
type Placed<T> = { readonly place: number; readonly operation: T };

function operationsOf(body: string): Operations {
  const operations = decode(body);
  if (operations.length > MAX_TRANSACTION_OPERATIONS) {
    const size = `(${operations.length} > ${MAX_TRANSACTION_OPERATIONS})`;
    throw answered(413, `Transaction contains too many operations ${size}`);
  }
  if (operations.some(({ Intention }) => Intention !== undefined)) {
    throw answered(501, "Causeway does without intentions in transactions: use /v1/connect/intentions");
  }
  return {
    keys: operations.flatMap(({ KV }, place) => (KV === undefined ? [] : [{ place, operation: operationOf(KV) }])),
    catalog: operations.flatMap(({ KV, ...others }, place) => {
      const operation = KV === undefined ? catalogOperation(others) : undefined;
      return operation === undefined ? [] : [{ place, operation }];
    }),
  };
}

function operationOf({ Verb = "", Key = "", Flags, ...rest }: Shaped<typeof OperationShape>): KvOperation {
  const { Value = "", Index, Session } = rest;
  if (Buffer.from(Value, "base64").toString("base64") !== Value) {
    throw answered(400, `Failed to parse body: the value of key ${quoted(Key)} is not base64`);
  }
  // Digits beyond these have been lost already when the body has been read.
  if (Flags !== undefined && !Number.isSafeInteger(Flags)) {
    throw answered(400, `Flags of key ${quoted(Key)} are beyond 2^53 - 1: set such flags by PUT /v1/kv/`);
  }
  return {
    Verb,
    Key,
    Value,
    ...(Flags === undefined ? {} : { Flags: String(Flags) }),
    ...(Index === undefined ? {} : { Index }),
    ...(Session === undefined ? {} : { Session }),
  };
}

function decode(body: string): Shaped<typeof TransactionShape> {
  try {
    return decodeBody(body, TransactionShape);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw answered(400, `Failed to parse body: ${error.message}`);
  }
}
