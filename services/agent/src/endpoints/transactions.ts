import { ask } from "@causeway/bus";
import { type CatalogOperation, type KvOperation, MAX_TRANSACTION_OPERATIONS, quoted } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { any, decodeBody, listOf, type Shaped, string, struct, uint64 } from "../http/go-shape.ts";
import { JsonError } from "../http/json-text.ts";
import { pairJson } from "../render/kv-json.ts";
import { CATALOG_OPERATIONS, catalogOperation, type Transacted, transactCatalog } from "./catalog-transactions.ts";
import { tooLong } from "./too-long.ts";
import { whenShown } from "./when-shown.ts";

type Agent = Pick<AgentContext, "acl" | "bus" | "catalog" | "kv" | "log">;

/** Several operations on keys, or on the catalog, all or none of which are done. @see https://developer.hashicorp.com/consul/api-docs/txn */
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
  const { keys, catalog } = operationsOf(body);
  if (keys.length > 0 && catalog.length > 0) {
    throw answered(501, "Causeway does a transaction of keys or one of the catalog: KV does not stand beside others");
  }
  const done =
    catalog.length > 0 ? await transactCatalog(agent, request, catalog) : await transactKeys(agent, request, keys);
  const { results, errors, onlyReads, headers } = done;
  const failed = errors.length > 0;
  const told = { Results: failed ? null : results, Errors: failed ? errors : null, ...(onlyReads ? READ : {}) };
  return json(told, { ...headers, ...(onlyReads ? READ_HEADERS : {}) }, failed ? 409 : 200);
}

async function transactKeys(agent: Agent, request: ApiRequest, Operations: KvOperation[]): Promise<Transacted> {
  const done = await ask(agent.bus, "kv.transact", { Operations, ...askedBy(agent, request) });
  return {
    results: done.Results.map(({ Key, Entry }) => ({ KV: pairJson({ key: Key, entry: Entry }) })),
    errors: done.Errors,
    onlyReads: !Operations.some(({ Verb }) => WRITING.includes(Verb)),
    headers: await whenShown(agent, agent.kv, done.Index),
  };
}

function tooLongBody(bytes: number): string {
  return tooLong(bytes, MAX_BODY_BYTES, "txn_max_req_len");
}

function refuseLong(bytes: number): void {
  if (bytes > MAX_BODY_BYTES) throw answered(413, tooLongBody(bytes));
}

type Operations = { readonly keys: KvOperation[]; readonly catalog: CatalogOperation[] };

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
    keys: operations.flatMap(({ KV }) => (KV === undefined ? [] : [operationOf(KV)])),
    catalog: operations.flatMap(({ KV, ...others }) => {
      const operation = KV === undefined ? catalogOperation(others) : undefined;
      return operation === undefined ? [] : [operation];
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
