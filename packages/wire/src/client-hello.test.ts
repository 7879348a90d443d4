import assert from "node:assert/strict";
import { array, assert as assertProperty, constantFrom, integer, property, uint8Array } from "fast-check";
import { beforeAll, describe, test } from "vitest";
import { captureHello, craftHello, type NameEntry, serverNames, splitIntoRecords } from "./capture-hello.fixture.ts";
import { readClientHello, readServerName } from "./client-hello.ts";

const NAME = "web.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul";
const found = { kind: "found", serverName: NAME };

let modern: Uint8Array;
let old: Uint8Array;
let nameless: Uint8Array;
let large: Uint8Array;

beforeAll(async () => {
  modern = await captureHello({ servername: NAME, ALPNProtocols: ["h2", "http/1.1"] });
  old = await captureHello({ servername: NAME, maxVersion: "TLSv1.2" });
  nameless = await captureHello({});
  const manyProtocols = Array.from({ length: 400 }, (_, i) => `protocol-${i}-${"x".repeat(60)}`);
  large = await captureHello({ servername: NAME, ALPNProtocols: manyProtocols });
});

describe("a real hello", () => {
  test("every prefix is incomplete until the hello is whole, then always found", () => {
    for (const hello of [modern, old]) {
      for (let n = 0; n < hello.length; n++)
        assert.deepEqual(readServerName(hello.subarray(0, n)), { kind: "incomplete" });
      assert.deepEqual(readServerName(hello), found);
      assert.deepEqual(readServerName(Uint8Array.from([...hello, 1, 2, 3])), found);
    }
  });

  test("without a server name is absent", () => {
    assert.deepEqual(readServerName(nameless), { kind: "absent" });
  });

  test("gives random and ALPN", () => {
    const result = readClientHello(modern);
    assert(result.kind === "found");
    assert.deepEqual(result.hello.alpn, ["h2", "http/1.1"]);
    assert.deepEqual(result.hello.random, modern.slice(11, 43));
  });

  test("keeps nothing of the bytes but a copy of the random, whatever array they come in", () => {
    for (const hello of [modern, Buffer.from(modern)]) {
      const result = readClientHello(hello);
      assert(result.kind === "found");
      assert.notEqual(result.hello.random.buffer, hello.buffer);
    }
  });

  test("over 16 KB comes in several records and is found", () => {
    assert(large.length > 20_000);
    assert.deepEqual(readServerName(large), found);
    for (let n = 0; n < large.length; n += 97)
      assert.deepEqual(readServerName(large.subarray(0, n)), { kind: "incomplete" });
  });

  test("is found however it is cut into records, and not before its last byte", () => {
    for (const size of [1, 2, 3, 4, 5, 40, 100, 511]) {
      const split = splitIntoRecords(modern, size);
      assert.deepEqual(readServerName(split), found);
      for (let n = 0; n < split.length; n += size > 5 ? 1 : 7) {
        assert.deepEqual(
          readServerName(split.subarray(0, n)),
          { kind: "incomplete" },
          `${n} bytes in records of ${size}`,
        );
      }
    }
  });
});

describe("server names", () => {
  const ech = { type: 0xfe0d, body: [0, 0, 1, 0, 1, 7, 0, 0, 0, 0] };
  const cases = [
    {
      name: "of several, the first",
      extensions: [sni({ name: "a.example" }, { name: "b.example" })],
      serverName: "a.example",
    },
    {
      name: "other types are skipped",
      extensions: [sni({ type: 9, name: "x" }, { name: "a.example" })],
      serverName: "a.example",
    },
    {
      name: "a second extension is not looked at",
      extensions: [sni({ name: "a" }), sni({ name: "b" })],
      serverName: "a",
    },
    {
      name: "with ECH, the outer one",
      extensions: [ech, sni({ name: "public.example" })],
      serverName: "public.example",
    },
    { name: "kept as written", extensions: [sni({ name: "Web.Default" })], serverName: "Web.Default" },
    { name: "255 bytes are legal", extensions: [sni({ name: "x".repeat(255) })], serverName: "x".repeat(255) },
  ] as const;
  for (const { name, extensions, serverName } of cases) {
    test(name, () => assert.deepEqual(readServerName(craftHello(extensions)), { kind: "found", serverName }));
  }

  test("none of a host: absent", () => {
    assert.deepEqual(readServerName(craftHello([sni({ type: 1, name: "x" })])), { kind: "absent" });
    assert.deepEqual(readServerName(craftHello([sni()])), { kind: "absent" });
  });

  for (const name of ["", "a\nb", "a b", "a\0.example", "x".repeat(256), "ä.example"]) {
    test(`illegal: ${JSON.stringify(name.slice(0, 10))}`, () => {
      assert.equal(readServerName(craftHello([sni({ name })])).kind, "not-tls");
    });
  }
});

describe("what is no TLS is known as early as possible", () => {
  const cases = [
    { name: "plain HTTP", bytes: ascii("GET / HTTP/1.1\r\n"), reason: /plain HTTP/ },
    { name: "HTTP/2 with prior knowledge", bytes: ascii("PRI * HTTP/2.0\r\n"), reason: /plain HTTP/ },
    { name: "SSH", bytes: ascii("SSH-2.0-x\r\n"), reason: /SSH/ },
    { name: "SSLv2", bytes: [0x80, 0x2e, 1, 0, 2], reason: /SSLv2/ },
    { name: "an alert", bytes: [21, 3, 1, 0, 2, 2, 40], reason: /type 21/ },
    { name: "one byte of garbage", bytes: [0], reason: /0x00/ },
    { name: "a wrong version", bytes: [22, 2], reason: /version 2/ },
    { name: "a record too long, by its first length byte", bytes: [22, 3, 1, 0x41], reason: /16,384/ },
    { name: "a record one byte too long", bytes: [22, 3, 1, 0x40, 1], reason: /16,384/ },
    { name: "an empty record", bytes: [22, 3, 1, 0, 0], reason: /empty/ },
    { name: "a ServerHello", bytes: [22, 3, 1, 0, 90, 2], reason: /message 2/ },
    { name: "another record in the middle", bytes: [22, 3, 1, 0, 2, 1, 0, 20], reason: /type 20 in the middle/ },
    { name: "a version of no TLS", bytes: [22, 3, 1, 0, 90, 1, 0, 0, 86, 9, 9], reason: /version 0x909/ },
    {
      name: "a session ID too long",
      bytes: [22, 3, 1, 0, 90, 1, 0, 0, 86, 3, 3, ...new Array(32).fill(0), 33],
      reason: /session ID/,
    },
    {
      name: "a message that ends inside its random",
      bytes: [22, 3, 1, 0, 9, 1, 0, 0, 5, 3, 3, 1, 1, 1],
      reason: /random/,
    },
  ];
  for (const { name, bytes, reason } of cases) {
    test(name, () => {
      const result = readClientHello(Uint8Array.from(bytes));
      assert(result.kind === "not-tls");
      assert.match(result.reason, reason);
      assert.deepEqual(readServerName(Uint8Array.from(bytes)), { kind: "not-tls" });
    });
  }
});

test("a message over 64 KiB is too large as soon as its header says so", () => {
  assert.deepEqual(readServerName(Uint8Array.of(22, 3, 1, 0x40, 0, 1, 1, 0, 0)), { kind: "too-large" });
  assert.deepEqual(readServerName(Uint8Array.of(22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xfc)), { kind: "incomplete" });
});

test("a hello in thousands of tiny records is too large", () => {
  const records = new Array(5_000).fill([22, 3, 1, 0, 1, 0]).flat();
  assert.deepEqual(readServerName(Uint8Array.from([22, 3, 1, 0, 4, 1, 0, 0xff, 0, ...records])), { kind: "too-large" });
});

describe("any bytes", () => {
  test("never throw, and a verdict holds for every longer prefix", async () => {
    const hostile = array(constantFrom(22, 3, 1, 0, 2, 4, 16, 32, 255), { maxLength: 200 }).map((bytes) =>
      Uint8Array.from(bytes),
    );
    for (const bytes of [hostile, uint8Array({ maxLength: 200 })]) {
      await assertProperty(property(bytes, integer({ min: 0, max: 200 }), agree), { numRuns: 2_000 });
    }
  });

  test("of a mutated hello never throw, and a verdict holds for every longer prefix", async () => {
    const mutation = array(
      integer({ min: 0, max: 300 }).chain((at) => integer({ min: 0, max: 255 }).map((value) => ({ at, value }))),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    await assertProperty(
      property(mutation, integer({ min: 0, max: 2_000 }), (changes, cut) => {
        const mutated = modern.slice();
        for (const { at, value } of changes) mutated[at] = value;
        agree(mutated, cut);
      }),
      { numRuns: 5_000 },
    );
  });
});

function agree(all: Uint8Array, cut: number): void {
  const early = readServerName(all.subarray(0, cut));
  if (early.kind !== "incomplete") assert.deepEqual(readServerName(all), early);
}

function sni(...entries: readonly NameEntry[]): { readonly type: number; readonly body: number[] } {
  return { type: 0, body: serverNames(...entries) };
}

function ascii(text: string): number[] {
  return [...Buffer.from(text)];
}
