import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateFacts } from "./certificate.ts";
import { splitCertificates, toPem } from "./pem.ts";

/** A certificate that this package did not make: common name, several kinds of name, no key identifiers. */
const FOREIGN = `-----BEGIN CERTIFICATE-----
MIIBtzCCAV2gAwIBAgIUHN0/fb1zd9NTMb/q9vyI0TsepPAwCgYIKoZIzj0EAwIw
KTEQMA4GA1UECgwHRXhhbXBsZTEVMBMGA1UEAwwMbWFpbC5leGFtcGxlMCAXDTI2
MTEyMTA4MTYyNloYDzIxMjYxMDI4MDgxNjI2WjApMRAwDgYDVQQKDAdFeGFtcGxl
MRUwEwYDVQQDDAxtYWlsLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AARRlfvk0CMCgFDAvWpOBpvhCUlTZlQAvAKVG572u97cxWVFRxVMPVWiQZrLzZkm
olkx1vYEjfBVBlFkGC3V21Jdo2EwXzBSBgNVHREESzBJggxtYWlsLmV4YW1wbGWC
CSouZXhhbXBsZYYVaHR0cHM6Ly9tYWlsLmV4YW1wbGUvhwTAAAIBgRFwb3N0QG1h
aWwuZXhhbXBsZTAJBgNVHRMEAjAAMAoGCCqGSM49BAMCA0gAMEUCIQDgTsOkOeXJ
eazRXr12B8sDefFHCmBOnBkMOmJ10XqKoQIgQLNfPBTMHLT8HRr65zPyDj2g3NP2
JVYrcGeK5KzMrGM=
-----END CERTIFICATE-----
`;

describe("certificateFacts", () => {
  test("reads a certificate of another maker", () => {
    expect(certificateFacts(FOREIGN)).toMatchObject({
      subject: "mail.example",
      dnsNames: ["mail.example", "*.example"],
      uris: ["https://mail.example/"],
      ipAddresses: ["192.0.2.1"],
      emails: ["post@mail.example"],
      isCa: false,
      authorityKeyId: undefined,
    });
  });

  test("refuses everything that is none, and never fails in another way", () => {
    const pem = fc.uint8Array({ maxLength: 200 }).map((bytes) => toPem("CERTIFICATE", Uint8Array.from(bytes).buffer));
    fc.assert(
      fc.property(fc.oneof(fc.string(), pem), (text) => {
        expect(() => certificateFacts(text)).toThrow(expect.objectContaining({ name: "PkiError" }));
      }),
    );
  });
});

test("splitCertificates gives each certificate of a chain with its newline, whatever stands between", () => {
  expect(splitCertificates(`bag attributes\n${FOREIGN}\n\n${FOREIGN.trimEnd()}`)).toEqual([FOREIGN, FOREIGN]);
});
