import { expect, test } from "vitest";
import { packAddress, unpackAddress } from "./socket-address.ts";

const cases = [
  { host: "127.0.0.1", port: 80, bytes: [2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0] },
  { host: "255.0.10.1", port: 65_535, bytes: [2, 0, 255, 255, 255, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0] },
  {
    host: "::1",
    port: 443,
    bytes: [10, 0, 1, 187, 0, 0, 0, 0, ...new Array(15).fill(0), 1, 0, 0, 0, 0],
  },
  {
    host: "2001:db8::ff00:42:8329",
    port: 1,
    bytes: [10, 0, 0, 1, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0x42, 0x83, 0x29, 0, 0, 0, 0],
  },
  {
    host: "::ffff:10.1.2.3",
    port: 2,
    bytes: [10, 0, 0, 2, 0, 0, 0, 0, ...new Array(10).fill(0), 255, 255, 10, 1, 2, 3, 0, 0, 0, 0],
  },
];

for (const { host, port, bytes } of cases) {
  test(`${host} is laid out as the kernel wants it, and read back`, () => {
    expect([...packAddress({ host, port })]).toEqual(bytes);
    expect(unpackAddress(Uint8Array.from(bytes))).toEqual({ host, port });
  });
}

test("any spelling of an IPv6 address means the same", () => {
  const same = ["2001:DB8:0:0:0:0:0:1", "2001:db8::1", "2001:0db8::0.0.0.1"];
  for (const host of same)
    expect(packAddress({ host, port: 1 })).toEqual(packAddress({ host: "2001:db8::1", port: 1 }));
});
