import { describe, expect, test } from "vitest";
import { ticketKeys } from "./ticket-keys.ts";

const SECRET = new Uint8Array(32).fill(1);
const LEAF = { certificatePem: "leaf", privateKeyPem: "key", serial: "1", notAfterMs: 1 };
const ROOTS = { trustDomain: "a.consul", certificatesPem: ["root"], version: 1 };

describe("the keys of tickets", () => {
  const base = ticketKeys(SECRET, LEAF, ROOTS, undefined);

  test("are the same for whoever has the same secret and presents and believes the same", () => {
    expect(ticketKeys(Uint8Array.from(SECRET), { ...LEAF }, { ...ROOTS }, undefined)).toEqual(base);
    expect([base.keys.length, base.sessionContext.length]).toEqual([80, 32]);
  });

  const others = [
    { name: "another secret", keys: ticketKeys(new Uint8Array(32), LEAF, ROOTS, undefined) },
    { name: "another leaf", keys: ticketKeys(SECRET, { ...LEAF, certificatePem: "renewed" }, ROOTS, undefined) },
    { name: "other roots", keys: ticketKeys(SECRET, LEAF, { ...ROOTS, certificatesPem: ["root", "new"] }, undefined) },
    { name: "another version of the roots", keys: ticketKeys(SECRET, LEAF, { ...ROOTS, version: 2 }, undefined) },
    { name: "other limits", keys: ticketKeys(SECRET, LEAF, ROOTS, { minVersion: "TLSv1.3" }) },
  ];
  for (const { name, keys } of others) {
    test(`are others with ${name}`, () => {
      expect(keys.keys).not.toEqual(base.keys);
      expect(keys.sessionContext).not.toEqual(base.sessionContext);
    });
  }
});
