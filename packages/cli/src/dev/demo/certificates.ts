import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTestCa, issueCertificate } from "@causeway/testkit";

/** The name on the certificate of the demo's external HTTPS service. */
export const BILLING_HOST = "billing.example.com";

/** Files that the external HTTPS service and the terminating gateway read. */
export type CertificateFiles = {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
};

const OWNER_ONLY = 0o600;

/** Makes a private CA, a certificate for the external service and one for the gateway, in `folder`; gives their paths. */
export async function writeCertificates(folder: string): Promise<CertificateFiles> {
  const ca = await createTestCa({ commonName: "Billing Private CA" });
  const server = await issueCertificate({ ca, commonName: BILLING_HOST, dnsNames: [BILLING_HOST] });
  const client = await issueCertificate({ ca, commonName: "causeway-demo-gateway" });
  const write = async (name: string, pem: string) => {
    const path = join(folder, name);
    await writeFile(path, pem, { mode: OWNER_ONLY });
    return path;
  };
  return {
    ca: await write("billing-ca.pem", ca.cert),
    serverCert: await write("billing.pem", server.cert),
    serverKey: await write("billing.key", server.key),
    clientCert: await write("gateway-client.pem", client.cert),
    clientKey: await write("gateway-client.key", client.key),
  };
}
