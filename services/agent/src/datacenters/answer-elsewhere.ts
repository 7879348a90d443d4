import { ask, BusError, PartsInboxes } from "@causeway/bus";
import { type Request, verbSubject } from "@causeway/model";
import type { Logger } from "@causeway/runtime";
import type { AgentContext } from "../context.ts";
import { FAILURE_HEADERS } from "../http/answer-query.ts";
import { type Answer, type ApiRequest, type Client, empty, text } from "../http/endpoint.ts";
import { answerForError, NO_PATH } from "../http/errors.ts";
import { queryOptions } from "../http/query-options.ts";
import { UNCHANGED } from "./answer-others.ts";

/** What asking another datacenter takes. */
export type AnswerElsewhereOptions = Pick<AgentContext, "bus" | "clock" | "datacenters"> & {
  readonly log: Pick<Logger, "warn">;
  /** Gives a request that shows no token this agent's default one. */
  readonly acl?: AgentContext["acl"];
  /** Aborts when this agent takes no more requests: waits are then answered with what there is. */
  readonly closing: AbortSignal;
};

/**
 * A wait is asked for piece by piece: neither a client that has gone nor an agent that died over there is waited for longer than
 * this, and an answer that has not changed is not sent.
 */
const PIECE_MS = 20_000;

/** What an answer may take besides the wait: a write is waited for at its owner and again at the agent's mirror, 5 s each. */
const ANSWER_TIMEOUT_MS = 12_000;

/** Waits are stretched by up to a sixteenth over there. */
const STRETCH = 17 / 16;

/** The headers that go along; they are for nobody's eyes but the other agent's. */
const PASSED_ON = ["x-consul-token", "authorization"] as const;

/** Gives what answers requests by asking any agent of another datacenter: its answer as it is, or that there is no path. */
export function answerElsewhere(
  agent: AnswerElsewhereOptions,
): (datacenter: string, request: ApiRequest) => Promise<Answer> {
  const inboxes = new PartsInboxes(agent.bus);
  return async (datacenter, request) => {
    // What Consul refuses before it asks anyone is refused here.
    const options = request.method === "PUT" ? NO_WAIT : queryOptions(request);
    try {
      // Only those are asked for that there are: whoever makes up names must not make the bus keep watch for them.
      if (!agent.datacenters.names().includes(datacenter)) throw unknown(datacenter);
      return await waitElsewhere({ ...agent, inboxes }, datacenter, request, options);
    } catch (error) {
      const { answer, problem } = failed(error);
      agent.log.warn({ datacenter, path: request.path, problem }, "request for another datacenter failed");
      return request.method === "PUT" ? answer : { ...answer, headers: { ...answer.headers, ...FAILURE_HEADERS } };
    }
  };
}

type Asker = AnswerElsewhereOptions & { readonly inboxes: PartsInboxes };
type Wait = { readonly minIndex: number; readonly waitMs: number };

const NO_WAIT: Wait = { minIndex: 0, waitMs: 0 };

async function waitElsewhere(
  asker: Asker,
  datacenter: string,
  request: ApiRequest,
  { minIndex, waitMs }: Wait,
): Promise<Answer> {
  const asked = { Method: request.method, Path: request.path, Headers: passedOn(request, asker), ...bodyOf(request) };
  const query = new URLSearchParams(request.query);
  query.delete("dc");
  if (minIndex === 0) return await askOnce(asker, datacenter, { ...asked, Query: query.toString() }, 0);
  const { clock, closing } = asker;
  const { client } = request;
  const stopped = whenStopped(client, closing);
  const endsAtMs = clock.now() + waitMs;
  while (!client.gone && !closing.aborted) {
    const leftMs = Math.max(1, Math.ceil(endsAtMs - clock.now()));
    const pieceMs = Math.min(PIECE_MS, leftMs);
    query.set("wait", `${pieceMs}ms`);
    const piece = { ...asked, Query: query.toString(), UnlessUnchanged: pieceMs < leftMs };
    const answer = await Promise.race([askOnce(asker, datacenter, piece, pieceMs), stopped]);
    if (answer !== undefined && answer.status !== UNCHANGED) return answer;
  }
  if (client.gone) return empty();
  query.delete("index");
  return await askOnce(asker, datacenter, { ...asked, Query: query.toString() }, 0);
}

/** Resolves when the client has gone or has been answered, or this agent ends. */
function whenStopped(client: Client, closing: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const stop = () => resolve(undefined);
    closing.addEventListener("abort", stop, { once: true });
    client.whenGone(() => {
      closing.removeEventListener("abort", stop);
      stop();
    });
  });
}

async function askOnce(
  { bus, inboxes }: Asker,
  datacenter: string,
  request: Omit<Request<"agent.http">, "Inbox">,
  waitMs: number,
): Promise<Answer> {
  using inbox = inboxes.open();
  const timeoutMs = waitMs * STRETCH + ANSWER_TIMEOUT_MS;
  const reply = await ask(bus, "agent.http", { ...request, Inbox: inbox.subject }, { datacenter, timeoutMs });
  const { "Content-Type": contentType = "", ...headers } = reply.Headers;
  const body: Answer["body"] =
    reply.Parts === undefined
      ? { kind: "text", text: reply.Body, contentType }
      : { kind: "bytes", bytes: await inbox.whole(reply.Parts), contentType };
  return { status: reply.Status, headers, body };
}

function bodyOf({ body, bytes }: ApiRequest): Pick<Request<"agent.http">, "Body" | "BodyBase64"> {
  return bytes === undefined ? { Body: body } : { Body: Buffer.from(bytes).toString("base64"), BodyBase64: true };
}

function passedOn(request: ApiRequest, { acl }: Pick<AnswerElsewhereOptions, "acl">): Record<string, string> {
  const { headers } = request;
  const values = PASSED_ON.map((name): [string, unknown] => [name, headers[name]]);
  const shown = Object.fromEntries(values.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
  const secret = acl?.secretOf(request) ?? "";
  return secret === "" ? shown : { ...shown, "x-consul-token": secret };
}

function unknown(datacenter: string): BusError {
  return new BusError({
    code: "NO_PATH",
    datacenter,
    subject: verbSubject(datacenter, "agent.http"),
    outcome: "not done",
  });
}

function failed(error: unknown): { readonly answer: Answer; readonly problem?: string } {
  if (!(error instanceof BusError) || error.failure.code !== "NO_PATH") return answerForError(error);
  return { answer: text(500, NO_PATH), problem: error.message };
}
