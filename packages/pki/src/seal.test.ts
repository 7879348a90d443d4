import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSealKey, seal, sealedWith, sealKeyOf, unseal } from "./seal.ts";

const KEY = sealKeyOf(new Uint8Array(32).fill(7));

describe("seal", () => {
  test("is opened by its key for its purpose", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, purpose) => {
        expect(unseal(seal(text, KEY, purpose), KEY, purpose)).toBe(text);
      }),
    );
  });

  test("never gives the same text twice", () => {
    expect(seal("secret", KEY, "root")).not.toBe(seal("secret", KEY, "root"));
  });

  test("says which key it was sealed with", () => {
    expect(sealedWith(seal("secret", KEY, "root"))).toBe(KEY.id);
  });

  test("shows nothing of the text", () => {
    expect(Buffer.from(seal("very secret", KEY, "root"), "base64").toString("latin1")).not.toContain("secret");
  });
});

describe("unseal refuses", () => {
  test("another key, naming both", () => {
    const other = createSealKey();
    expect(() => unseal(seal("secret", KEY, "root"), other, "root")).toThrow(
      `it was sealed with key ${KEY.id}, but the key here is ${other.id}`,
    );
  });

  test("another purpose", () => {
    expect(() => unseal(seal("secret", KEY, "root a"), KEY, "root b")).toThrow(
      "it has been changed, or is not for root b",
    );
  });

  test("a format of a later version", () => {
    const bytes = Buffer.from(seal("secret", KEY, "root"), "base64");
    bytes[0] = 2;
    expect(() => unseal(bytes.toString("base64"), KEY, "root")).toThrow("its format is version 2");
  });

  test("any change of any byte, and any cut", () => {
    const bytes = Buffer.from(seal("secret", KEY, "root"), "base64");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => unseal(changed.toString("base64"), KEY, "root")).toThrow(
        expect.objectContaining({ code: "UNSEAL_FAILED" }),
      );
      const cut = bytes.subarray(0, at).toString("base64");
      expect(() => unseal(cut, KEY, "root")).toThrow(expect.objectContaining({ code: "UNSEAL_FAILED" }));
    }
  });
});
