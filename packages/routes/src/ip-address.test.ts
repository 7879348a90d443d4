import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isIpAddress } from "./ip-address.ts";

const texts = ["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8", "1::8"];
const others = [
  "",
  "localhost",
  "256.1.1.1",
  "1.2.3",
  "01.2.3.4",
  "1:2:3",
  ":::",
  "1::2::3",
  "::1%",
  "10.0.0.1::",
  "[::1]",
  "::g",
];

describe("isIpAddress", () => {
  for (const text of texts) test(`${text} is one`, () => expect(isIpAddress(text)).toBe(true));
  for (const text of others) test(`${JSON.stringify(text)} is none`, () => expect(isIpAddress(text)).toBe(false));

  test("agrees with the system on every address and on every address with one character changed", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const change = fc.record({ at: fc.nat(40), to: fc.constantFrom("", ":", ".", "0", "f", "g", "1") });
    fc.assert(
      fc.property(address, fc.option(change), (text, edit) => {
        const edited = edit === null ? text : text.slice(0, edit.at) + edit.to + text.slice(edit.at + 1);
        expect(isIpAddress(edited)).toBe(isIP(edited) !== 0);
      }),
    );
  });
});
