import { ConnectionError, type ConnectionFailure } from "../errors.ts";
import type { AnswerHead, Asked, WayBack } from "./exchange.ts";

/** Why a request was not answered by whom it was for, and what its client is told instead. */
export type RequestRefusal = {
  /** The code of the failure, or what is wrong with the request. */
  readonly code: ConnectionFailure["code"] | "NO_HOST" | "UNSUPPORTED";
  /** For the operator; outsiders are told less. */
  readonly reason: string;
  readonly status: number;
  readonly text: string;
};

/** A host that no service of the listener has: as Envoy answers, with nothing. */
export function noHost(host: string): RequestRefusal {
  return { code: "NO_HOST", reason: `no service has the host ${JSON.stringify(host)}`, status: 404, text: "" };
}

/** A request that cannot go on as it is. */
export function unsupported(reason: string): RequestRefusal {
  return { code: "UNSUPPORTED", reason, status: 501, text: reason };
}

/** What a client is told when nobody answers, in Envoy's words. */
export function noAnswer(error: unknown): RequestRefusal {
  const { failure, message } = ConnectionError.from(error);
  const of = { code: failure.code, reason: message, status: 503 };
  if (failure.code === "NO_HEALTHY_ENDPOINT") return { ...of, text: "no healthy upstream" };
  const reset = failure.code === "UPSTREAM_RESET" ? "connection termination" : "connection failure";
  return { ...of, text: `upstream connect error or disconnect/reset before headers. reset reason: ${reset}` };
}

/** What a client was told: by whom it asked for, or for which reason by nobody. */
export type Told = {
  /** Absent where nothing was. */
  readonly status: number | undefined;
  readonly refusal: RequestRefusal | undefined;
};

/** Answers a request in place of whom it is for, unless its client has left. */
export function refuse(back: WayBack, asked: Asked, refusal: RequestRefusal): Told {
  if (back.body.destroyed) return { status: undefined, refusal };
  const head = headOf(refusal);
  const last = head.last || asked.method === "HEAD";
  back.begin({ ...head, last });
  if (!last) {
    back.body.write(refusal.text);
    back.end([]);
  }
  asked.body.resume();
  return { status: refusal.status, refusal };
}

/** Whether the client has been sent the head of an answer. */
export function isBegun({ body }: WayBack): boolean {
  return "headersSent" in body && body.headersSent === true;
}

function headOf({ status, text }: RequestRefusal): AnswerHead {
  const length = ["content-length", String(Buffer.byteLength(text))] as const;
  return text === ""
    ? { status, fields: [length], last: true }
    : { status, fields: [["content-type", "text/plain"], length], last: false };
}
