import { once } from "node:events";
import { type ClientHttp2Session, constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Exchange } from "./exchanges.ts";
import { MAX_BLOCK_BYTES } from "./frame-reader.ts";
import { answered, type Conversation, closed, frame, type Passage, passedBy } from "./http2.fixture.ts";
import { Http2Exchanges, MAX_STREAMS } from "./http2-exchanges.ts";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const MEGABYTE = 1_024 * 1_024;

/** What is told of a connection whose bytes are these, in this order. */
function watched(passages: readonly Passage[]) {
  const told = { exchanges: [] as Omit<Exchange, "seconds">[], asked: 0, lost: [] as string[] };
  const exchanges = new Http2Exchanges({
    asked: () => {
      told.asked += 1;
    },
    ended: ({ seconds: _, ...exchange }) => told.exchanges.push(exchange),
    lost: (reason) => told.lost.push(reason),
    now: () => 0,
  });
  for (const { by, bytes } of passages) {
    const lent = Buffer.from(bytes);
    if (by === "client") exchanges.toUpstream(lent);
    else exchanges.toClient(lent);
    // Whoever reads into the same buffer again must not change what was seen.
    lent.fill(0);
  }
  exchanges.end();
  return told;
}

const ask = (session: ClientHttp2Session, fields: OutgoingHttpHeaders = {}, body = "") => {
  const stream = session.request(
    { ":authority": "api", ":path": "/items?token=secret", ...fields },
    { endStream: false },
  );
  stream.on("error", () => {});
  stream.end(body);
  return stream;
};

/** Answers once all has been asked, and what is asked of `/slow` last. */
function slowlyLast(): Conversation["answer"] {
  const asked = new Map<string, ServerHttp2Stream>();
  return (stream, path) => {
    const slow = asked.set(path, stream).get("/slow");
    const quick = asked.get("/quick");
    quick?.on("close", () => slow?.end("slowly"));
    if (slow !== undefined) quick?.end("done");
  };
}

type Facts = Partial<Omit<Exchange, "seconds">>;
const got = (facts: Facts = {}): Facts => ({
  method: "GET",
  path: "/items",
  host: "api",
  traceparent: undefined,
  status: 200,
  answered: true,
  requestBytes: 0,
  responseBytes: 4,
  ...facts,
});

const conversations: readonly (Conversation & { readonly name: string; readonly told: readonly Facts[] })[] = [
  {
    name: "a request and its answer",
    answer: (stream) => stream.end("done"),
    ask: async (session) => {
      await answered(ask(session, { ":method": "POST", traceparent: TRACEPARENT }, "hello"));
    },
    told: [got({ method: "POST", requestBytes: 5, traceparent: TRACEPARENT })],
  },
  {
    name: "requests one after the other, with what they have in common named only once",
    answer: (stream, path) => {
      stream.respond({ ":status": path === "/none" ? 404 : 200 });
      stream.end("done");
    },
    ask: async (session) => {
      for (let each = 0; each < 3; each++) await answered(ask(session, { "x-note": "a".repeat(1_000) }));
      await answered(ask(session, { ":path": "/none", "x-note": "a".repeat(1_000) }));
    },
    told: [got(), got(), got(), got({ path: "/none", status: 404 })],
  },
  {
    name: "a call of gRPC that fails, by what follows its answer",
    answer: (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "5", "grpc-message": "no such order" }));
      stream.end("\0\0\0\0\0");
    },
    ask: async (session) => {
      await answered(ask(session, { ":method": "POST", ":path": "/api.Orders/Get", te: "trailers" }, "\0\0\0\0\0"));
    },
    told: [got({ method: "POST", path: "/api.Orders/Get", requestBytes: 5, responseBytes: 5, grpcStatus: 5 })],
  },
  {
    name: "a call of gRPC whose answer is no more than its status",
    answer: (stream) => stream.respond({ ":status": 200, "grpc-status": "12" }, { endStream: true }),
    ask: async (session) => {
      await answered(ask(session));
    },
    told: [got({ responseBytes: 0, grpcStatus: 12 })],
  },
  {
    name: "requests at once, in the order in which they are over",
    answer: slowlyLast(),
    ask: async (session) => {
      const slow = ask(session, { ":path": "/slow" }, "a");
      await Promise.all([answered(slow), answered(ask(session, { ":method": "PUT", ":path": "/quick" }, "bcd"))]);
    },
    told: [
      got({ method: "PUT", path: "/quick", requestBytes: 3 }),
      got({ path: "/slow", requestBytes: 1, responseBytes: 6 }),
    ],
  },
  {
    name: "what the client gives up, with as much of the answer as came",
    answer: (stream) => stream.write("he"),
    ask: async (session) => {
      const stream = ask(session);
      await once(stream, "data");
      stream.close(constants.NGHTTP2_CANCEL);
      await closed(stream);
    },
    told: [got({ answered: false, responseBytes: 2 })],
  },
  {
    name: "what the server gives up",
    answer: (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
    ask: async (session) => closed(ask(session)),
    told: [got({ status: undefined, answered: false, responseBytes: 0 })],
  },
  {
    name: "what is not answered when the connection ends",
    answer: (stream) => stream.session?.destroy(),
    ask: async (session) => closed(ask(session)),
    told: [got({ status: undefined, answered: false, responseBytes: 0 })],
  },
  {
    name: "an answer that was announced, and one without a body",
    answer: (stream, path) => {
      stream.additionalHeaders({ ":status": 103, link: "</style.css>" });
      stream.respond({ ":status": path === "/none" ? 204 : 200 });
      stream.end(path === "/none" ? "" : "done");
    },
    ask: async (session) => {
      await answered(ask(session));
      await answered(ask(session, { ":path": "/none", ":method": "DELETE" }));
    },
    told: [got(), got({ path: "/none", method: "DELETE", status: 204, responseBytes: 0 })],
  },
  {
    name: "nothing of what the server sends without being asked",
    answer: (stream) => {
      stream.pushStream({ ":path": "/style.css", "x-note": "a" }, (_error, pushed) => {
        pushed.respond({ ":status": 200, "x-note": "b" });
        pushed.end("body {}");
        stream.respond({ ":status": 200, "x-note": "b" });
        stream.end("done");
      });
    },
    ask: async (session) => {
      session.on("stream", (pushed) => pushed.resume());
      await answered(ask(session));
      await answered(ask(session));
    },
    told: [got(), got()],
  },
  {
    name: "heads in several frames",
    answer: (stream) => {
      stream.respond({ ":status": 200, "x-note": "b".repeat(40_000) });
      stream.end("done");
    },
    ask: async (session) => {
      await answered(ask(session, { "x-note": "a".repeat(40_000), "x-more": "\xff".repeat(1_000) }));
      await answered(ask(session));
    },
    told: [got(), got()],
  },
  {
    name: "heads by tables of other sizes than usual, which change",
    server: { settings: { headerTableSize: 100 } },
    answer: (stream, path) => {
      if (path === "/larger") stream.session?.settings({ headerTableSize: 32_768 });
      stream.respond({ ":status": 200, "x-note": "b".repeat(20) });
      stream.end("done");
    },
    ask: async (session) => {
      session.settings({ headerTableSize: 0 });
      for (const path of ["/a", "/a", "/larger", "/b", "/b"]) {
        await answered(ask(session, { ":path": path, "x-note": "c".repeat(20), "x-more": "d".repeat(60) }));
      }
    },
    told: ["/a", "/a", "/larger", "/b", "/b"].map((path) => got({ path })),
  },
  {
    name: "a megabyte each way, with padding",
    server: { paddingStrategy: constants.PADDING_STRATEGY_MAX },
    answer: (stream) => stream.end(Buffer.alloc(MEGABYTE)),
    ask: async (session) => {
      const echo = () => answered(ask(session, { ":method": "POST" }, "a".repeat(MEGABYTE)));
      await Promise.all([echo(), echo()]);
    },
    told: Array.from({ length: 2 }, () => got({ method: "POST", requestBytes: MEGABYTE, responseBytes: MEGABYTE })),
  },
  {
    name: "a tunnel",
    answer: (stream) => {
      stream.respond({ ":status": 200 });
      stream.end("done");
    },
    ask: async (session) => {
      const stream = session.request({ ":method": "CONNECT", ":authority": "db:5432" });
      stream.end("hello");
      await answered(stream);
    },
    told: [got({ method: "CONNECT", path: "db:5432", host: "db:5432", requestBytes: 5 })],
  },
];

/** These passages, cut into pieces of these sizes in turn. */
function cut(passages: readonly Passage[], sizes: readonly number[]): readonly Passage[] {
  let turn = 0;
  return passages.flatMap(({ by, bytes }) => {
    const pieces: Passage[] = [];
    for (let at = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      pieces.push({ by, bytes: bytes.subarray(at, at + size) });
      at += size;
    }
    return pieces;
  });
}

describe("of a connection is told", () => {
  for (const { name, told, ...conversation } of conversations) {
    test(name, async () => {
      const passages = await passedBy(conversation);
      const whole = watched(passages);
      expect(whole).toEqual({ exchanges: told, asked: told.length, lost: [] });
      // The same, however its bytes are cut into pieces; small ones of what is large would take long.
      const isLarge = passages.reduce((sum, passage) => sum + passage.bytes.length, 0) > MEGABYTE;
      const size = fc.integer(isLarge ? { min: 500, max: 60_000 } : { min: 1, max: 40 });
      fc.assert(
        fc.property(fc.array(size, { minLength: 1, maxLength: 8 }), (sizes) => {
          expect(watched(cut(passages, sizes))).toEqual(whole);
        }),
        { numRuns: 15 },
      );
    });
  }
});

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const SETTINGS = frame(4, 0, 0);
const GET = "82 84 86";
const OK = "88";

const client = (...frames: readonly Buffer[]): Passage => ({ by: "client", bytes: Buffer.concat(frames) });
const server = (...frames: readonly Buffer[]): Passage => ({ by: "server", bytes: Buffer.concat(frames) });
const opened = [client(PREFACE, SETTINGS), server(SETTINGS)];

const PATH = { method: "GET", path: "/", host: undefined, traceparent: undefined };

describe("of frames is read", () => {
  const frames: readonly { name: string; passages: readonly Passage[]; told: Facts }[] = [
    {
      name: "how much the stream weighs, and padding, are no part of a head",
      passages: [client(frame(1, 0x2c, 1, `02 0000000003 ${GET} 0000`)), server(frame(1, 0x0d, 1, `01 ${OK} 00`))],
      told: { ...PATH, status: 200, answered: true, requestBytes: 0, responseBytes: 0 },
    },
    {
      name: "a head may go on in frames of any length",
      passages: [client(frame(1, 1, 1, "82"), frame(9, 0, 1), frame(9, 0, 1, "84"), frame(9, 4, 1, "86"))],
      told: { ...PATH, status: undefined, answered: false, requestBytes: 0, responseBytes: 0 },
    },
    {
      name: "padding is no payload, even where there is nothing else",
      passages: [
        client(frame(1, 4, 1, GET), frame(0, 8, 1, "03 6869 000000"), frame(0, 8, 1, "00"), frame(0, 9, 1, "01 00")),
        server(frame(1, 4, 1, OK), frame(0, 0, 1, ""), frame(0, 1, 1, "68")),
      ],
      told: { ...PATH, status: 200, answered: true, requestBytes: 2, responseBytes: 1 },
    },
    {
      name: "all else is passed over, even what nobody knows",
      passages: [
        client(frame(2, 0, 1, "0000000003"), frame(6, 0, 0, "0000000000000000"), frame(0xaa, 0xff, 7, "0102")),
        client(frame(1, 5, 0x8000_0001, GET)),
        server(frame(8, 0, 0, "00000001"), frame(7, 0, 0, "00000001 00000000"), frame(1, 5, 1, OK)),
      ],
      told: { ...PATH, status: 200, answered: true, requestBytes: 0, responseBytes: 0 },
    },
    {
      name: "of what is cut off, as much payload as came",
      passages: [
        client(frame(1, 4, 1, GET), frame(0, 0, 1, "686970").subarray(0, 11)),
        server(frame(1, 4, 1, OK), frame(0, 1, 1, "6869").subarray(0, 10)),
      ],
      told: { ...PATH, status: 200, answered: false, requestBytes: 2, responseBytes: 1 },
    },
    {
      name: "what comes on a stream that is over counts for none",
      passages: [
        client(frame(1, 4, 1, GET)),
        server(frame(1, 5, 1, OK), frame(3, 0, 1, "00000000")),
        client(frame(0, 0, 1, "6869"), frame(1, 5, 1, "00 0161 0162"), frame(3, 0, 1, "00000008")),
      ],
      told: { ...PATH, status: 200, answered: true, requestBytes: 0, responseBytes: 0 },
    },
    {
      name: "a status of gRPC that there is not is none",
      passages: [
        client(frame(1, 5, 1, GET)),
        server(frame(1, 5, 1, `${OK} 00 0b ${Buffer.from("grpc-status").toString("hex")} 02 3137`)),
      ],
      told: { ...PATH, status: 200, answered: true, requestBytes: 0, responseBytes: 0 },
    },
  ];
  for (const { name, passages, told } of frames) {
    test(name, () => expect(watched([...opened, ...passages])).toEqual({ exchanges: [told], asked: 1, lost: [] }));
  }

  test("no more of a name than is written down", () => {
    const long = Buffer.from("a".repeat(5_000));
    const text = Buffer.concat([Buffer.from("7f8926", "hex"), long]);
    const head = Buffer.concat([Buffer.from("828604", "hex"), text, Buffer.from("01", "hex"), text]);
    const [exchange] = watched([...opened, client(frame(1, 5, 1, head))]).exchanges;
    expect([exchange?.path.length, exchange?.host?.length]).toEqual([1_024, 256]);
  });
});

const fragments = (count: number, bytes: number) =>
  Array.from({ length: count }, () => frame(9, 0, 1, Buffer.alloc(bytes)));
const many = Array.from({ length: MAX_STREAMS + 1 }, (_, each) => frame(1, 5, 2 * each + 1, GET));

const nonsense: readonly { name: string; passages: readonly Passage[]; reason: string }[] = [
  {
    name: "another preface",
    passages: [client(Buffer.from("PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n"), SETTINGS)],
    reason: "what is sent does not begin as HTTP/2",
  },
  {
    name: "a client that begins otherwise than by its settings",
    passages: [client(PREFACE, frame(1, 5, 1, GET))],
    reason: "what is sent does not begin as HTTP/2",
  },
  {
    name: "a server that does",
    passages: [client(PREFACE, SETTINGS), server(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"))],
    reason: "what is sent does not begin as HTTP/2",
  },
  {
    name: "a head that goes on and has not begun",
    passages: [...opened, client(frame(9, 4, 1, GET))],
    reason: "a head that is broken off",
  },
  {
    name: "a frame amid a head",
    passages: [...opened, client(frame(1, 1, 1, GET), frame(6, 0, 0, "0000000000000000"))],
    reason: "a head that is broken off",
  },
  {
    name: "the head of another amid a head",
    passages: [...opened, client(frame(1, 1, 1, GET), frame(9, 4, 3, GET))],
    reason: "a head that is broken off",
  },
  {
    name: "padding of payload that is longer than its frame",
    passages: [...opened, client(frame(1, 4, 1, GET), frame(0, 8, 1, "05 00"))],
    reason: "padding that is longer than its frame",
  },
  {
    name: "padding of a head that is longer than its frame",
    passages: [...opened, client(frame(1, 0x0d, 1, "05 82"))],
    reason: "padding that is longer than its frame",
  },
  {
    name: "a head that says it is long",
    passages: [...opened, client(frame(1, 5, 1, Buffer.alloc(MAX_BLOCK_BYTES + 1)).subarray(0, 9))],
    reason: `a head of more than ${MAX_BLOCK_BYTES} bytes`,
  },
  {
    name: "a head that becomes long",
    passages: [...opened, client(frame(1, 1, 1, GET), ...fragments(4, MAX_BLOCK_BYTES / 4))],
    reason: `a head of more than ${MAX_BLOCK_BYTES} bytes`,
  },
  {
    name: "a head in frames without end",
    passages: [...opened, client(frame(1, 1, 1, GET), ...fragments(40, 0))],
    reason: "a head in more than 32 frames",
  },
  {
    name: "a head that cannot be decompressed",
    passages: [...opened, client(frame(1, 5, 1, "ff"))],
    reason: "a head that is cut off",
  },
  {
    name: "a head without a method",
    passages: [...opened, client(frame(1, 5, 1, "84"))],
    reason: "what the client sends is no request",
  },
  {
    name: "a thousand requests at once",
    passages: [...opened, client(...many)],
    reason: `more than ${MAX_STREAMS} requests at once`,
  },
];

describe("is not followed", () => {
  for (const { name, passages, reason } of nonsense) {
    test(name, () => {
      const after = [client(frame(1, 5, 9_999, GET)), server(frame(1, 5, 9_999, OK))];
      expect(watched([...passages, ...after])).toMatchObject({ exchanges: [], lost: [reason] });
    });
  }
});

describe("never throws", () => {
  const real: Passage[] = [];
  beforeAll(async () => {
    const [first] = conversations;
    if (first !== undefined) real.push(...(await passedBy(first)));
  });
  const isSane = ({ exchanges, asked, lost }: ReturnType<typeof watched>) =>
    exchanges.length <= asked && lost.length <= 1;

  test("at what has been garbled on its way", () => {
    const change = fc.tuple(fc.nat(), fc.nat(0xff));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const bytes = real.map((passage) => ({ ...passage, bytes: Buffer.from(passage.bytes) }));
        for (const [at, value] of changes) {
          const among = bytes[at % bytes.length]?.bytes;
          if (among !== undefined) among[(at * 31) % among.length] = value;
        }
        return isSane(watched(bytes));
      }),
      { numRuns: 300 },
    );
  });

  test("at frames of any kind, in any order", () => {
    const known = fc.constantFrom(GET, OK, "", "00", "ff", "3f e1 ff 03", "05 82 84 86");
    const payload = fc.oneof(
      known,
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    );
    const any = fc.record({ type: fc.nat(10), flags: fc.nat(0xff), stream: fc.nat(5), payload, by: fc.boolean() });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (frames) => {
        const passages = frames.map(({ type, flags, stream, payload: of, by }) =>
          (by ? client : server)(frame(type, flags, stream, of)),
        );
        return isSane(watched([...opened, ...passages]));
      }),
      { numRuns: 500 },
    );
  });
});
