import { StringMap } from "../common.ts";
import { Type } from "../schema.ts";
import type { VerbTable } from "./common.ts";

/** What agents and proxies are asked for, who own nothing. */
export const PAGE_VERBS = {
  /** A request to the HTTP API of another datacenter, which any of its agents answers. */
  "agent.http": {
    request: Type.Object({
      Method: Type.String(),
      /** Decoded, without the query. */
      Path: Type.String(),
      Query: Type.String({ description: "As in a URL, without `?` and without `dc`." }),
      Headers: StringMap,
      Body: Type.String(),
      BodyBase64: Type.Optional(Type.Boolean({ description: "The body is no UTF-8, and so in base64." })),
      Inbox: Type.String({ description: "Subject for an answer that is too large for one message, or no UTF-8." }),
      UnlessUnchanged: Type.Optional(
        Type.Boolean({
          description: "A wait that ends without a change is answered by 304 alone: who asks will ask again.",
        }),
      ),
    }),
    reply: Type.Object({
      Status: Type.Integer(),
      Headers: StringMap,
      Body: Type.String({ description: "Empty when it is sent in parts." }),
      Parts: Type.Optional(Type.Integer({ description: "In how many parts the body is sent to the inbox." })),
    }),
  },
  /** One page of a proxy's admin port. Each proxy is asked by itself: see `verbSubject`. */
  "proxy.page": {
    request: Type.Object({
      Url: Type.String({ description: "Path and query of the page." }),
      Inbox: Type.String({ description: "Subject for a page that is too large for one message." }),
    }),
    reply: Type.Object({
      Status: Type.Integer(),
      ContentType: Type.String(),
      Body: Type.String({ description: "Empty when it is sent in parts." }),
      Parts: Type.Optional(Type.Integer({ description: "In how many parts the body is sent to the inbox." })),
    }),
  },
} as const satisfies VerbTable;
