import { createPrivateKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createCsr, crossSign, generateKeyPair, type KeyType, signIntermediate, signLeaf } from "../src/index.ts";
import { HOUR_MS, makeRoot, makeSide, spiffeIdOf, TRUST_DOMAIN } from "./mesh.ts";
import { handshake } from "./mutual-tls.ts";

const KEY_TYPES: readonly KeyType[] = [
  { type: "ec", bits: 256 },
  { type: "ec", bits: 384 },
  { type: "ec", bits: 521 },
  { type: "rsa", bits: 2048 },
  { type: "rsa", bits: 4096 },
];

describe("a mutual TLS handshake", () => {
  for (const keyType of KEY_TYPES) {
    test(`agrees between two leaves of one root, all with ${keyType.type} ${keyType.bits} keys`, async () => {
      const root = await makeRoot(keyType);
      const [client, server] = await Promise.all([
        makeSide("web", root, { keyType }),
        makeSide("db", root, { keyType }),
      ]);
      expect(await handshake({ client, server })).toEqual({
        kind: "agreed",
        clientSeen: `URI:${spiffeIdOf("web")}`,
        serverSeen: `URI:${spiffeIdOf("db")}`,
      });
    });
  }

  test("agrees under a root of P-224, whose leaves have another curve since TLS knows no P-224", async () => {
    const root = await makeRoot({ type: "ec", bits: 224 });
    const [client, server] = await Promise.all([makeSide("web", root), makeSide("db", root)]);
    expect(await handshake({ client, server })).toMatchObject({ kind: "agreed" });
  });

  test("is refused by the server when the client's leaf has expired", async () => {
    const root = await makeRoot(undefined, Date.now() - 200 * HOUR_MS);
    const client = await makeSide("web", root, { nowMs: Date.now() - 73 * HOUR_MS });
    const server = await makeSide("db", root);
    expect(await handshake({ client, server })).toEqual({ kind: "refused", by: "server", code: "CERT_HAS_EXPIRED" });
  });

  test("is refused by the client when the server's leaf is not valid yet", async () => {
    const root = await makeRoot();
    const client = await makeSide("web", root);
    const server = await makeSide("db", root, { nowMs: Date.now() + HOUR_MS });
    expect(await handshake({ client, server })).toEqual({ kind: "refused", by: "client", code: "CERT_NOT_YET_VALID" });
  });

  test("is refused when the client's leaf is of another root of the same trust domain", async () => {
    const [root, other] = await Promise.all([makeRoot(), makeRoot()]);
    const client = await makeSide("web", other, { roots: [root.pem] });
    const server = await makeSide("db", root);
    expect(await handshake({ client, server })).toMatchObject({ kind: "refused", by: "server" });
  });
});

describe("root rotation", () => {
  test("lets a leaf of the new root in where only the old root is known, if the cross-signed root is sent with it", async () => {
    const [oldRoot, newRoot] = await Promise.all([makeRoot(), makeRoot()]);
    const crossSigned = crossSign({
      newRoot: newRoot.pem,
      byRoot: oldRoot.pem,
      byKey: oldRoot.key.privateKey,
      serial: 9n,
      nowMs: Date.now(),
    });
    const server = await makeSide("db", oldRoot);
    const bare = await makeSide("web", newRoot, { roots: [oldRoot.pem] });
    const chained = await makeSide("web", newRoot, { roots: [oldRoot.pem], intermediates: crossSigned });
    expect(await handshake({ client: bare, server })).toMatchObject({ kind: "refused", by: "server" });
    expect(await handshake({ client: chained, server })).toMatchObject({ kind: "agreed" });
  });

  test("lets a chained leaf in where only the new root is known, and nowhere else", async () => {
    const [oldRoot, newRoot, stranger] = await Promise.all([makeRoot(), makeRoot(), makeRoot()]);
    const intermediates = crossSign({
      newRoot: newRoot.pem,
      byRoot: oldRoot.pem,
      byKey: oldRoot.key.privateKey,
      serial: 9n,
      nowMs: Date.now(),
    });
    const client = await makeSide("web", newRoot, { intermediates });
    const knowing = await makeSide("db", newRoot);
    const strange = await makeSide("db", newRoot, { roots: [stranger.pem] });
    expect(await handshake({ client, server: knowing })).toMatchObject({ kind: "agreed" });
    expect(await handshake({ client, server: strange })).toMatchObject({ kind: "refused", by: "server" });
  });
});

test("an intermediate's leaf is believed by the root, but its CA is not allowed to make a further one", async () => {
  const root = await makeRoot();
  const signing = { serial: 5n, ttlMs: 8_760 * HOUR_MS, nowMs: Date.now() };
  const intermediateBy = async (issuer: string, issuerKey: typeof root.key) => {
    const key = await generateKeyPair();
    const csr = createCsr({ spiffeId: `spiffe://${TRUST_DOMAIN}`, key });
    return {
      pem: signIntermediate({ csr, trustDomain: TRUST_DOMAIN, issuer, issuerKey: issuerKey.privateKey, ...signing }),
      key,
    };
  };
  const first = await intermediateBy(root.pem, root.key);
  const second = await intermediateBy(first.pem, first.key);
  const server = await makeSide("db", root);
  const good = await makeSide("web", first, { roots: [root.pem], intermediates: first.pem });
  const bad = await makeSide("web", second, { roots: [root.pem], intermediates: second.pem + first.pem });
  expect(await handshake({ client: good, server })).toMatchObject({ kind: "agreed" });
  expect(await handshake({ client: bad, server })).toEqual({
    kind: "refused",
    by: "server",
    code: "PATH_LENGTH_EXCEEDED",
  });
});

test("a leaf cannot sign a leaf that anyone believes", async () => {
  const root = await makeRoot();
  const web = await makeSide("web", root);
  const key = await generateKeyPair();
  const csr = createCsr({ spiffeId: spiffeIdOf("admin"), key });
  const forged = signLeaf({
    csr,
    issuer: web.certificate,
    issuerKey: createPrivateKey(web.key),
    serial: 3n,
    ttlMs: HOUR_MS,
    nowMs: Date.now(),
  });
  const client = { certificate: forged + web.certificate, key: key.privateKeyPem, roots: [root.pem] };
  expect(await handshake({ client, server: await makeSide("db", root) })).toMatchObject({
    kind: "refused",
    by: "server",
  });
});
