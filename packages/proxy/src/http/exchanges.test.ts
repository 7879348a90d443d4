import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Exchange, Exchanges } from "./exchanges.ts";
import { MAX_HEAD_BYTES } from "./message-reader.ts";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** What passes by: what the client sends, or what it is sent. */
type Passage = readonly [by: "client" | "server", bytes: string];

/** What is told of a connection whose bytes are these, in this order. */
function watched(passages: readonly Passage[]) {
  const told = { exchanges: [] as Omit<Exchange, "seconds">[], asked: 0, lost: [] as string[] };
  const exchanges = new Exchanges({
    asked: () => {
      told.asked += 1;
    },
    ended: ({ seconds: _, ...exchange }) => told.exchanges.push(exchange),
    lost: (reason) => told.lost.push(reason),
    now: () => 0,
  });
  for (const [by, text] of passages) {
    const bytes = Buffer.from(text, "latin1");
    if (by === "client") exchanges.toUpstream(bytes);
    else exchanges.toClient(bytes);
    // Whoever reads into the same buffer again must not change what was seen.
    bytes.fill(0);
  }
  exchanges.end();
  return told;
}

const GET = "GET /items?token=secret HTTP/1.1\r\nHost: api\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

type Facts = Partial<Omit<Exchange, "seconds">>;
const got = (facts: Facts = {}): Facts => ({
  method: "GET",
  path: "/items",
  host: "api",
  traceparent: undefined,
  status: 200,
  answered: true,
  requestBytes: 0,
  responseBytes: 5,
  ...facts,
});

const conversations: readonly { name: string; passages: readonly Passage[]; told: readonly Facts[] }[] = [
  {
    name: "a request and its answer",
    passages: [
      ["client", GET],
      ["server", OK],
    ],
    told: [got()],
  },
  {
    name: "the trace that a request belongs to",
    passages: [
      ["client", `GET / HTTP/1.1\r\nHost: api\r\nTraceParent:  ${TRACEPARENT} \r\n\r\n`],
      ["server", OK],
    ],
    told: [got({ path: "/", traceparent: TRACEPARENT })],
  },
  {
    name: "one after the other",
    passages: [
      ["client", GET],
      ["server", OK],
      ["client", GET],
      ["server", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"],
    ],
    told: [got(), got({ status: 404, responseBytes: 0 })],
  },
  {
    name: "several at once, answered in their order",
    passages: [
      ["client", GET + GET.replace("GET", "HEAD") + GET],
      ["server", `${OK}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${OK}`],
    ],
    told: [got(), got({ method: "HEAD", responseBytes: 0 }), got()],
  },
  {
    name: "bodies by their length, whatever is in them",
    passages: [
      ["client", `POST /items HTTP/1.1\r\nHost: api\r\nContent-Length: ${GET.length}\r\n\r\n${GET}`],
      ["server", `HTTP/1.1 201 Created\r\nContent-Length: ${OK.length}\r\n\r\n${OK}`],
      ["client", GET],
      ["server", OK],
    ],
    told: [got({ method: "POST", status: 201, requestBytes: GET.length, responseBytes: OK.length }), got()],
  },
  {
    name: "bodies in chunks, with trailers",
    passages: [
      ["client", "PUT /items HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
      ["client", "3\r\nabc\r\nA;of=me\r\n0123456789\r\n0\r\nSum: 7\r\n\r\n"],
      [
        "server",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      ],
    ],
    told: [got({ method: "PUT", requestBytes: 13 })],
  },
  {
    name: "answers without a body",
    passages: [
      ["client", GET + GET],
      ["server", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"],
    ],
    told: [got({ status: 204, responseBytes: 0 }), got({ status: 304, responseBytes: 0 })],
  },
  {
    name: "an answer that lasts until the end",
    passages: [
      ["client", "GET http://api:80/items?a HTTP/1.0\r\n\r\n"],
      ["server", "HTTP/1.0 200 OK\r\n\r\nhello"],
    ],
    told: [got({ host: undefined })],
  },
  {
    name: "bare line feeds, and empty lines before a request",
    passages: [
      ["client", `\r\n\r\n${GET.replaceAll("\r", "")}`],
      ["server", OK.replaceAll("\r", "")],
    ],
    told: [got()],
  },
  {
    name: "what is not answered, and what is not to its end",
    passages: [
      ["client", `${GET}POST /items HTTP/1.1\r\nHost: api\r\nContent-Length: 9\r\n\r\nabc`],
      ["server", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"],
    ],
    told: [
      got({ answered: false, responseBytes: 2 }),
      got({ method: "POST", status: undefined, answered: false, requestBytes: 3, responseBytes: 0 }),
    ],
  },
  {
    name: "an upgrade, and nothing of what follows",
    passages: [
      ["client", GET],
      ["server", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello"],
      ["client", "\x81\x85 not HTTP\r\n"],
    ],
    told: [got({ status: 101, responseBytes: 0 })],
  },
  {
    name: "a tunnel, and nothing of what follows",
    passages: [
      ["client", "CONNECT db:5432 HTTP/1.1\r\nHost: api\r\n\r\n"],
      ["server", "HTTP/1.1 200 OK\r\n\r\nanything"],
    ],
    told: [got({ method: "CONNECT", path: "db:5432", responseBytes: 0 })],
  },
];

describe("of a connection is told", () => {
  for (const { name, passages, told } of conversations) {
    test(name, () => expect(watched(passages)).toEqual({ exchanges: told, asked: told.length, lost: [] }));
  }

  test("the same, however its bytes are cut into pieces", () => {
    const cut = (text: string, sizes: readonly number[]): readonly string[] => {
      const pieces: string[] = [];
      let at = 0;
      for (let turn = 0; at < text.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        pieces.push(text.slice(at, at + size));
        at += size;
      }
      return pieces;
    };
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...conversations), sizes, ({ passages }, by) => {
        const pieces = passages.flatMap(([who, text]) => cut(text, by).map((piece): Passage => [who, piece]));
        expect(watched(pieces)).toEqual(watched(passages));
      }),
    );
  });
});

const nonsense: readonly { name: string; passages: readonly Passage[]; reason: string }[] = [
  {
    name: "no request",
    passages: [["client", "hello\r\nthere: x\r\n\r\n"]],
    reason: "what the client sends is no request",
  },
  {
    name: "no answer",
    passages: [
      ["client", GET],
      ["server", "SSH-2.0-OpenSSH\r\n\r\n"],
    ],
    reason: "what the far side sends is no answer",
  },
  { name: "an answer to nothing", passages: [["server", OK]], reason: "an answer to no request" },
  {
    name: "two lengths",
    passages: [["client", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"]],
    reason: "the length of a request is not told",
  },
  {
    name: "another coding than chunks at the end",
    passages: [["client", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"]],
    reason: "the length of a request is not told",
  },
  {
    name: "no field",
    passages: [["client", "GET / HTTP/1.1\r\nnothing\r\n\r\n"]],
    reason: "a line in the head that is no field",
  },
  {
    name: "a chunk without a size",
    passages: [["client", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"]],
    reason: "a chunk without its size",
  },
  {
    name: "a head without end",
    passages: [["client", `GET /${"a".repeat(MAX_HEAD_BYTES)}`]],
    reason: `a head of more than ${MAX_HEAD_BYTES} bytes`,
  },
  {
    name: "hundreds of requests at once",
    passages: [["client", GET.repeat(300)]],
    reason: "more than 256 requests at once",
  },
];

describe("is not followed", () => {
  for (const { name, passages, reason } of nonsense) {
    test(name, () =>
      expect(watched([...passages, ["client", GET], ["server", OK]])).toMatchObject({ exchanges: [], lost: [reason] }),
    );
  }

  test("anything that would throw", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        GET,
        OK,
        "\r\n",
        "0\r\n",
        "HTTP/1.1 100 x\r\n\r\n",
        "Transfer-Encoding: chunked\r\n",
        "POST / HTTP/1.1\r\n",
      ),
      fc.string(),
    );
    const passage = fc.tuple(fc.constantFrom("client", "server"), piece);
    fc.assert(
      fc.property(fc.array(passage), (passages) => {
        const { exchanges, asked } = watched(passages);
        expect(exchanges.length).toBeLessThanOrEqual(asked);
      }),
    );
  });
});
