import type { IncomingHttpHeaders } from "node:http";

/** The methods that the API uses. */
export const METHODS = ["GET", "PUT", "POST", "DELETE"] as const;
export type Method = (typeof METHODS)[number];

/** One request, as an endpoint sees it. */
export type ApiRequest = {
  readonly method: Method;
  /** Decoded, without the query. */
  readonly path: string;
  /** What follows an endpoint's path that ends in "/", decoded; "" for every other endpoint. */
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as it came, when it is no UTF-8 and `body` therefore cannot tell it. */
  readonly bytes?: Uint8Array;
  readonly client: Client;
};

/** Who waits for an answer. */
export type Client = {
  /** True when it has gone before it got its answer. */
  readonly gone: boolean;
  /** Calls `listener` when it goes; perhaps also once its answer has been sent. */
  whenGone(listener: () => void): void;
};

/** Of whom it cannot be told, or does not matter, when it goes. */
export const STAYING_CLIENT: Client = { gone: false, whenGone: () => {} };

/** What goes back. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | {
        readonly kind: "json";
        readonly value: unknown;
        /** True of a value that goes to several clients and never changes, so that it may be rendered once. */
        readonly shared?: boolean;
      }
    | { readonly kind: "text"; readonly text: string; readonly contentType: string }
    | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly contentType: string }
    | BodyStream
    | { readonly kind: "empty" };
};

/** A body that has no end of its own: it goes on until the client has gone, or `until` aborts. */
export type BodyStream = {
  readonly kind: "stream";
  readonly contentType: string;
  readonly until: AbortSignal;
  /** Begins to send, until the function that comes back is called. What a client does not read in time is left out. */
  readonly open: (send: (text: string) => void) => () => void;
};

/** Answers one method of one endpoint. What it throws becomes an answer too, see `answerForError`. */
export type Handler = (request: ApiRequest) => Answer | Promise<Answer>;

/**
 * A path of the API and what it does. A path that ends in "/" takes everything under it, as in Go's ServeMux, on which clients rely;
 * "/" itself takes nothing but itself.
 * The order of the methods is the order in which `Allow` names them.
 */
export type Endpoint = {
  readonly path: string;
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
  /** What is told of a body of so many bytes that the server does not read; the server's own words unless there. */
  readonly tooLong?: (bytes: number) => string;
};

/** An answer in JSON. */
export function json(value: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): Answer {
  return { status, headers, body: { kind: "json", value } };
}

/** An answer in plain text, as Consul gives its errors. */
export function text(status: number, content: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: { kind: "text", text: content, contentType: "text/plain; charset=utf-8" } };
}

/** An answer that says all with its status. */
export function empty(status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: { kind: "empty" } };
}
