import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createCsr, readCsr } from "./csr.ts";
import { generateKeyPair, type KeyPair, type KeyType } from "./keys.ts";
import { fromPem, toPem } from "./pem.ts";

const SPIFFE_ID = "spiffe://1.consul/ns/default/dc/dc1/svc/web";

/** A request that this package did not make. */
const FOREIGN = `-----BEGIN CERTIFICATE REQUEST-----
MIIBQzCB6QIBADAgMRAwDgYDVQQKDAdFeGFtcGxlMQwwCgYDVQQDDANvbGQwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAASfA9Rr9XlZAYSFEaqB5NIwUXQ3U7hVghfg
9EaWkj1hAun2agOqZPwgWw11Ey4Bs66zJiLRL6qxhm5AH+hOp5mzoGcwZQYJKoZI
hvcNAQkOMVgwVjBUBgNVHREETTBLhitzcGlmZmU6Ly8xLmNvbnN1bC9ucy9kZWZh
dWx0L2RjL2RjMS9zdmMvd2VigglhLmV4YW1wbGWBEXBvc3RAbWFpbC5leGFtcGxl
MAoGCCqGSM49BAMCA0kAMEYCIQDWEpeOruRcaz2C1jb8jytLVdNP6LO8lL+L5kuB
amHwbgIhAJq7SSz8FkPEyctLTEdtuMVWSb5cXVDZAEjNyuhp+nS6
-----END CERTIFICATE REQUEST-----
`;

let key: KeyPair;
beforeAll(async () => {
  key = await generateKeyPair();
});

describe("createCsr", () => {
  const keyTypes: readonly KeyType[] = [
    { type: "ec", bits: 224 },
    { type: "ec", bits: 256 },
    { type: "ec", bits: 384 },
    { type: "ec", bits: 521 },
    { type: "rsa", bits: 2048 },
    { type: "rsa", bits: 4096 },
  ];
  for (const keyType of keyTypes) {
    test(`asks with a key of ${keyType.type} ${keyType.bits} for exactly what it was told`, async () => {
      const pair = await generateKeyPair(keyType);
      const names = { dnsNames: ["*.ingress.consul", "web.example"], ipAddresses: ["10.0.0.1", "fd00::1"] };
      const { publicKey, ...read } = readCsr(createCsr({ spiffeId: SPIFFE_ID, key: pair, ...names }));
      expect(read).toEqual({ uris: [SPIFFE_ID], emails: [], ...names });
      expect(publicKey.equals(pair.publicKey)).toBe(true);
    });
  }

  test("gives PEM that ends with a newline", () => {
    expect(createCsr({ spiffeId: SPIFFE_ID, key })).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----\n[A-Za-z0-9+/=\n]*-----END CERTIFICATE REQUEST-----\n$/,
    );
  });

  for (const odd of ["a b", "a\nb", "a\0b", "naïve.example", ""]) {
    test(`refuses the DNS name ${JSON.stringify(odd)}`, () => {
      expect(() => createCsr({ spiffeId: SPIFFE_ID, dnsNames: [odd], key })).toThrow(
        expect.objectContaining({ code: "UNREADABLE" }),
      );
    });
  }
});

describe("readCsr", () => {
  test("reads a request of another maker, email address included", () => {
    expect(readCsr(FOREIGN)).toMatchObject({
      uris: [SPIFFE_ID],
      dnsNames: ["a.example"],
      emails: ["post@mail.example"],
    });
  });

  test("refuses a request that was signed by another key than the one it asks for", async () => {
    const other = await generateKeyPair();
    const forged = createCsr({ spiffeId: SPIFFE_ID, key: { privateKey: other.privateKey, publicKey: key.publicKey } });
    expect(() => readCsr(forged)).toThrow(expect.objectContaining({ code: "BAD_SIGNATURE" }));
  });

  test("never takes a request in which one byte was changed for another request", () => {
    const good = createCsr({ spiffeId: SPIFFE_ID, key });
    const der = fromPem("CERTIFICATE REQUEST", good);
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(der);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(codeOf(() => readCsr(toPem("CERTIFICATE REQUEST", changed.buffer)), good)).toMatch(
          /^(UNREADABLE|UNSUPPORTED_KEY|BAD_SIGNATURE|the same names)$/,
        );
      }),
      { numRuns: 400 },
    );
  });

  test("refuses whatever else it is given, and never fails in another way", () => {
    const base64 = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => toPem("CERTIFICATE REQUEST", Uint8Array.from(bytes).buffer));
    fc.assert(
      fc.property(fc.oneof(fc.string(), base64), (text) => {
        expect(() => readCsr(text)).toThrow(expect.objectContaining({ name: "PkiError" }));
      }),
    );
  });
});

/** The code with which `read` refuses, or what it took the request for. */
function codeOf(read: () => { readonly uris: readonly string[] }, original: string): string {
  try {
    return String(read().uris) === String(readCsr(original).uris) ? "the same names" : "other names";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
