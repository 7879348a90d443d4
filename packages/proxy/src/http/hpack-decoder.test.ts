import { connect, constants } from "node:http2";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader } from "./frame-reader.ts";
import { HpackDecoder, MAX_LIST_BYTES, MAX_TABLE_BYTES } from "./hpack-decoder.ts";
import { decodeHuffman } from "./huffman.ts";

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** What one side's blocks say, each as lines; or why that is not known. */
function decoded(blocks: readonly (Buffer | string)[]): readonly string[] {
  const decoder = new HpackDecoder();
  return blocks.map((block) => {
    const result = decoder.decode(typeof block === "string" ? bytesOf(block) : block);
    return result.kind === "lost"
      ? `lost: ${result.reason}`
      : result.fields.map(({ name, value }) => `${name}: ${value}`).join("\n");
  });
}

const FIRST_REQUEST = ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com";
const THIRD_REQUEST = `:method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value`;
const REQUESTS = [FIRST_REQUEST, `${FIRST_REQUEST}\ncache-control: no-cache`, THIRD_REQUEST];
const answer = (status: number, second = 21) =>
  `:status: ${status}\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:${second} GMT\nlocation: https://www.example.com`;
const COOKIE = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const ANSWERS = [answer(302), answer(307), `${answer(200, 22)}\ncontent-encoding: gzip\n${COOKIE}`];

/** A table of 256 bytes, as the examples of answers have it, so that fields are evicted. */
const TABLE_OF_256 = "3f e1 01";

/** @see RFC 7541 appendix C */
const examples: readonly { name: string; blocks: readonly string[]; said: readonly string[] }[] = [
  {
    name: "C.2.1 a literal that is added",
    blocks: ["400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", "be"],
    said: ["custom-key: custom-header", "custom-key: custom-header"],
  },
  {
    name: "C.2.2 a literal that is not",
    blocks: ["040c 2f73 616d 706c 652f 7061 7468", "be"],
    said: [":path: /sample/path", "lost: a head that names a field which nobody has told of"],
  },
  {
    name: "C.2.3 a literal that never is",
    blocks: ["1008 7061 7373 776f 7264 0673 6563 7265 74"],
    said: ["password: secret"],
  },
  { name: "C.2.4 a field by its index", blocks: ["82"], said: [":method: GET"] },
  {
    name: "C.3 requests",
    blocks: [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ],
    said: REQUESTS,
  },
  {
    name: "C.4 requests by Huffman's code",
    blocks: [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ],
    said: REQUESTS,
  },
  {
    name: "C.5 answers",
    blocks: [
      `${TABLE_OF_256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
       3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`.replaceAll(/\s/g, ""),
      "4803 3330 37c1 c0bf",
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d
       4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572
       7369 6f6e 3d31`.replaceAll(/\s/g, ""),
    ],
    said: ANSWERS,
  },
  {
    name: "C.6 answers by Huffman's code",
    blocks: [
      `${TABLE_OF_256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
       1718 63c7 8f0b 97c8 e9ae 82ae 43d3`.replaceAll(/\s/g, ""),
      "4883 640e ffc1 c0bf",
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf
       cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`.replaceAll(/\s/g, ""),
    ],
    said: ANSWERS,
  },
];

describe("of heads is read", () => {
  for (const { name, blocks, said } of examples) test(name, () => expect(decoded(blocks)).toEqual(said));

  test("the same as Node has compressed", () => {
    const name = fc.stringMatching(/^x-[a-z0-9_.~!|-]{1,40}$/);
    const value = fc.string({
      unit: fc
        .nat(0xff)
        .filter(mayBeSent)
        .map((code) => String.fromCharCode(code)),
    });
    const fields = fc.dictionary(
      name,
      value.map((text) => text.trim()),
      { maxKeys: 12 },
    );
    return fc.assert(
      fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 6 }), async (requests) => {
        const blocks = await compressedByNode(requests);
        const said = decoded(blocks).map((lines) => lines.split("\n").filter((line) => line.startsWith("x-")));
        expect(said).toEqual(requests.map((each) => Object.entries(each).map(([key, text]) => `${key}: ${text}`)));
      }),
      { numRuns: 50 },
    );
  });
});

/** @see RFC 9110 section 5.5 */
function mayBeSent(code: number): boolean {
  return code === 0x09 || (code >= 0x20 && code !== 0x7f);
}

/** The header blocks of these requests, as a client of Node's sends them. */
async function compressedByNode(requests: readonly Record<string, string>[]): Promise<readonly Buffer[]> {
  const blocks: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const reader = new FrameReader(
    {
      head: (_stream, block) => {
        blocks.push(Buffer.from(block));
        if (blocks.length === requests.length) resolve();
      },
      data() {},
      ended() {},
      reset() {},
      lost: (reason) => expect.unreachable(reason),
    },
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  );
  const server = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      reader.read(chunk);
      done();
    },
  });
  const session = connect("http://api", { createConnection: () => server });
  for (const fields of requests)
    session.request({ ...fields, [constants.HTTP2_HEADER_PATH]: "/" }).on("error", () => {});
  await promise;
  session.destroy();
  server.destroy();
  return blocks;
}

/** @see RFC 7541 appendix B */
const codes: readonly { name: string; code: string; text: string | undefined }[] = [
  { name: "nothing", code: "", text: "" },
  { name: "a byte of 13 bits", code: "ffc7", text: "\0" },
  { name: "a byte of 23 bits", code: "ffffb1", text: "\x01" },
  { name: "a byte of 26 bits", code: "fffffbbf", text: "\xff" },
  { name: "bytes of 28 bits", code: "ffffffcffffffd", text: "\x7f\xdc" },
  { name: "the first byte of 30 bits", code: "fffffff3", text: "\n" },
  { name: "the last byte of 30 bits", code: "fffffffb", text: "\x16" },
  { name: "no end of a string within it", code: "ffffffff", text: undefined },
  { name: "no byte that is only filling", code: "1fff", text: undefined },
  { name: "no filling with other than ones", code: "18", text: undefined },
];

describe("Huffman's code has", () => {
  for (const { name, code, text } of codes) test(name, () => expect(decodeHuffman(bytesOf(code))).toBe(text));
});

const hostile: readonly { name: string; blocks: readonly (Buffer | string)[]; reason: string }[] = [
  { name: "the field 0", blocks: ["80"], reason: "a head that names a field which nobody has told of" },
  {
    name: "a name that is not there",
    blocks: ["7f 20 00"],
    reason: "a head that names a field which nobody has told of",
  },
  {
    name: "an integer without end",
    blocks: ["ff ff ff ff ff ff 0f"],
    reason: "an integer in a head that is too large",
  },
  { name: "an integer that is cut off", blocks: ["ff 80"], reason: "a head that is cut off" },
  { name: "a string that is cut off", blocks: ["40 01 61 05 62"], reason: "a string that is longer than its head" },
  { name: "a value that is not there", blocks: ["41"], reason: "a head that is cut off" },
  {
    name: "a string that is no code",
    blocks: ["41 82 ff ff"],
    reason: "a string in a head that cannot be decompressed",
  },
  {
    name: "a table that is too large",
    blocks: ["3f e2 ff 03"],
    reason: `a table of more than ${MAX_TABLE_BYTES} bytes`,
  },
  {
    name: "a long field that is named again and again",
    blocks: [Buffer.concat([bytesOf("41 7f b1 1e"), Buffer.alloc(4_000, "a"), Buffer.alloc(60_000, 0xbe)])],
    reason: `fields of more than ${MAX_LIST_BYTES} bytes in a head`,
  },
  {
    name: "many fields of no length",
    blocks: [Buffer.alloc(60_000, bytesOf("10 00 00"))],
    reason: `fields of more than ${MAX_LIST_BYTES} bytes in a head`,
  },
];

describe("is not read", () => {
  for (const { name, blocks, reason } of hostile)
    test(name, () => expect(decoded(blocks)).toEqual([`lost: ${reason}`]));

  test("a table as large as is allowed, and no more of it than that", () => {
    const largest = "3f e1 ff 03";
    const field = Buffer.concat([bytesOf("40 01 61 7f e0 06"), Buffer.alloc(991, "b")]);
    const said = decoded([largest, ...Array.from({ length: 65 }, () => field), "fd", "fe"]);
    expect(said[0]).toBe("");
    expect(said.slice(-2)).toEqual([
      `a: ${"b".repeat(991)}`,
      "lost: a head that names a field which nobody has told of",
    ]);
  });

  test("anything that would throw", () => {
    const block = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(fc.property(fc.array(block), (blocks) => decoded(blocks).length === blocks.length));
  });
});
