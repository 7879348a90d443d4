import { FilterError } from "@causeway/bexpr";
import { BusError, Refusal } from "@causeway/bus";
import { type Answer, text } from "./endpoint.ts";

/** Why the API turned a request down. */
export type ApiFailure =
  /** Consul's BadRequestError: the text gets the prefix `Bad request: `. */
  | { readonly code: "BAD_REQUEST"; readonly reason: string }
  /** Any other status, with exactly this text. */
  | { readonly code: "ANSWERED"; readonly status: number; readonly text: string }
  /** A mirror has not been read yet, so nothing can be said. */
  | { readonly code: "NOT_READY"; readonly bucket: string };

/** A request that ends with an error status. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly failure: ApiFailure;

  constructor(failure: ApiFailure, options?: ErrorOptions) {
    super(describeApiFailure(failure), options);
    this.failure = failure;
  }
}

/** What the client reads. */
export function describeApiFailure(failure: ApiFailure): string {
  switch (failure.code) {
    case "BAD_REQUEST":
      return `Bad request: ${failure.reason}`;
    case "ANSWERED":
      return failure.text;
    case "NOT_READY":
      return NO_LEADER;
  }
}

/** A 400 whose text begins with `Bad request: `. */
export function badRequest(reason: string): ApiError {
  return new ApiError({ code: "BAD_REQUEST", reason });
}

/** An error answer with exactly this text. */
export function answered(status: number, content: string): ApiError {
  return new ApiError({ code: "ANSWERED", status, text: content });
}

/** What Consul says when the servers cannot be asked; clients retry when they read it. */
const NO_LEADER = "No cluster leader";

/** What is added when something was asked of the owner, which did not answer. */
const UNKNOWN =
  ": no answer in time, so that it is unknown whether this was carried out; if not, it will not be any more";

/** What Consul says of a datacenter that it does not know or cannot reach. */
export const NO_PATH = "No path to datacenter";

/** An error as the client sees it, and the fact for the log when an operator has to do something about it. */
export function answerForError(error: unknown): { readonly answer: Answer; readonly problem?: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) return { answer: text(error.status, message) };
  if (error instanceof FilterError) return { answer: text(500, message) };
  if (error instanceof ApiError) return answerForFailure(error.failure);
  if (error instanceof BusError) return { answer: text(500, busText(error)), problem: message };
  return { answer: text(500, message), problem: message };
}

/** Only what is written in the primary datacenter is asked for elsewhere, but for what is handed on as a whole. */
function busText({ failure, message }: BusError): string {
  switch (failure.code) {
    case "NO_SERVICE":
      return NO_LEADER;
    case "TIMEOUT":
      return failure.outcome === "unknown" ? `${NO_LEADER}${UNKNOWN}` : NO_LEADER;
    case "NO_PATH":
      return `${NO_PATH}: ${failure.datacenter}, the primary one, where this is written; is the link to it up?${failure.outcome === "unknown" ? UNKNOWN : ""}`;
    default:
      return message;
  }
}

function answerForFailure(failure: ApiFailure): { readonly answer: Answer; readonly problem?: string } {
  const content = describeApiFailure(failure);
  switch (failure.code) {
    case "BAD_REQUEST":
      return { answer: text(400, content) };
    case "ANSWERED":
      return { answer: text(failure.status, content) };
    case "NOT_READY":
      return {
        answer: text(500, content),
        problem: `bucket ${failure.bucket} has not been read yet: is its service running and connected to this NATS server?`,
      };
  }
}
