import { ask } from "@causeway/bus";
import { type KvPutRequest, MAX_KV_VALUE_BYTES } from "@causeway/model";
import { askedBy } from "../acl/asked-by.ts";
import type { AgentContext } from "../context.ts";
import { type Answer, type ApiRequest, type Endpoint, json, text } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import { uint64Parameter } from "../http/query-values.ts";
import { tooLong } from "./too-long.ts";
import { whenShown } from "./when-shown.ts";

/** What writing keys takes. */
export type KvWriter = Pick<AgentContext, "acl" | "bus" | "kv" | "log">;

/** How long all keys under a prefix may take to be deleted: a hundred thousand take some seconds. */
const DELETE_TREE_TIMEOUT_MS = 60_000;

/** The methods that write keys. */
export function kvWrites(agent: KvWriter): Pick<Endpoint["methods"], "PUT" | "DELETE"> {
  return { PUT: (request) => put(agent, request), DELETE: (request) => remove(agent, request) };
}

async function put(agent: KvWriter, request: ApiRequest): Promise<Answer> {
  const { query, rest: Key } = request;
  if (Key === "") return text(400, "Missing key name");
  refuseTogether(query, ["cas", "acquire", "release"]);
  const flags = uint64Parameter(query, "flags");
  const how = howToPut(query);
  const content = { Value: base64Of(request), ...(flags === undefined ? {} : { Flags: String(flags) }) };
  const { Applied, Index } = await ask(agent.bus, "kv.put", { Key, ...content, ...how, ...askedBy(agent, request) });
  return json(Applied, await whenShown(agent, agent.kv, Index));
}

function howToPut(query: URLSearchParams): Pick<KvPutRequest, "CAS" | "Acquire" | "Release"> {
  const cas = uint64Parameter(query, "cas");
  const [acquire, release] = [query.get("acquire"), query.get("release")];
  return {
    // No revision is so great that it is not told from others as a number.
    ...(cas === undefined ? {} : { CAS: Number(cas) }),
    ...(acquire === null ? {} : { Acquire: acquire }),
    ...(release === null ? {} : { Release: release }),
  };
}

/** What is said of a value of so many bytes. */
export function tooLongValue(bytes: number): string {
  return tooLong(bytes, MAX_KV_VALUE_BYTES, "kv_max_value_size");
}

/** The body in base64, whatever it holds. */
function base64Of({ body, bytes = Buffer.from(body) }: ApiRequest): string {
  const { byteLength } = bytes;
  if (byteLength > MAX_KV_VALUE_BYTES) throw answered(413, tooLongValue(byteLength));
  return Buffer.from(bytes).toString("base64");
}

async function remove(agent: KvWriter, request: ApiRequest): Promise<Answer> {
  const { query, rest } = request;
  const by = askedBy(agent, request);
  refuseTogether(query, ["recurse", "cas"]);
  if (query.has("recurse")) {
    const timeoutMs = DELETE_TREE_TIMEOUT_MS;
    const { Index } = await ask(agent.bus, "kv.delete-tree", { Prefix: rest, ...by }, { timeoutMs });
    return json(true, await whenShown(agent, agent.kv, Index));
  }
  if (rest === "") return text(400, "Missing key name");
  const cas = uint64Parameter(query, "cas");
  const asked = { Key: rest, ...(cas === undefined ? {} : { CAS: Number(cas) }), ...by };
  const { Applied, Index } = await ask(agent.bus, "kv.delete", asked);
  return json(Applied, await whenShown(agent, agent.kv, Index));
}

/** Throws an ApiError when more than one of these parameters is there, since each says how to write. */
function refuseTogether(query: URLSearchParams, names: readonly string[]): void {
  if (names.filter((name) => query.has(name)).length < 2) return;
  const sorted = new URLSearchParams(query);
  sorted.sort();
  throw answered(400, `Conflicting flags: ${sorted}`);
}
