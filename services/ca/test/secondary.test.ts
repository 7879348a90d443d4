import { X509Certificate } from "node:crypto";
import type { CaRoots } from "@causeway/model";
import { certificateFacts, splitCertificates } from "@causeway/pki";
import { expect, test } from "vitest";
import { type Identity, identityOf, rootsOf, shakeHands } from "./support.ts";
import { startTwoDatacenters } from "./two-datacenters.ts";

const certificatesOf = ({ Roots }: CaRoots) => Roots.map(({ RootCert }) => RootCert);
const activeOf = ({ Roots, ActiveRootID }: CaRoots) => Roots.find(({ ID }) => ID === ActiveRootID);
const factsOf = ({ CertPEM }: Identity) => splitCertificates(CertPEM).map(certificateFacts);
/** That each end has seen the other. */
const SEEN = { seen: [expect.stringContaining("/dc/dc1/svc/web"), expect.stringContaining("/dc/dc2/svc/db")] };

/** Whether each certificate of a chain is signed by the next, and the last one by the root. */
function leadsTo(root: string, { CertPEM }: Identity): boolean {
  const chain = [...splitCertificates(CertPEM), root].map((pem) => new X509Certificate(pem));
  return chain.every((one, at) => {
    const above = chain[at + 1];
    return above === undefined || (one.checkIssued(above) && one.verify(above.publicKey));
  });
}

test("a secondary signs leaves by an intermediate of the primary's root, which both datacenters believe", async () => {
  await using mesh = await startTwoDatacenters();
  await using _primary = await mesh.dc1.runCa();
  await using _secondary = await mesh.dc2.runCa();
  const roots = await rootsOf(mesh.dc1.bus);
  expect(await rootsOf(mesh.dc2.bus)).toEqual(roots);
  const [web, db] = [await identityOf(mesh.dc1.bus, "web"), await identityOf(mesh.dc2.bus, "db")];
  const root = activeOf(roots);
  expect(db).toMatchObject({ RootID: root?.ID, ServiceURI: `spiffe://${roots.TrustDomain}/ns/default/dc/dc2/svc/db` });
  expect(factsOf(db)).toMatchObject([
    { isCa: false, uris: [db.ServiceURI] },
    {
      isCa: true,
      uris: [`spiffe://${roots.TrustDomain}`],
      subject: expect.stringMatching(/^sec-[0-9a-f]{8}\.consul\.ca\.[0-9a-f]{8}\.consul$/),
      authorityKeyId: root?.SigningKeyID,
    },
  ]);
  const [, intermediate] = factsOf(db);
  expect((intermediate?.notAfterMs ?? 0) - (intermediate?.notBeforeMs ?? 0)).toBe(8_760 * 3_600_000 + 60_000);
  expect(leadsTo(root?.RootCert ?? "", db)).toBe(true);
  const both = { roots: certificatesOf(roots) };
  expect(await shakeHands({ identity: db, ...both }, { identity: web, ...both })).toEqual(SEEN);
  const turned = { seen: [...SEEN.seen].reverse() };
  expect(await shakeHands({ identity: web, ...both }, { identity: db, ...both })).toEqual(turned);
});
