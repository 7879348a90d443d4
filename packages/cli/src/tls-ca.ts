import { createTlsAuthority, generateKeyPair } from "@causeway/pki";
import type { Context } from "./context.ts";
import { withPkiErrors } from "./pki-errors.ts";
import { daysToMs, newSerial, refuseExisting, writeNew } from "./tls-files.ts";

/** The flags of `tls ca create`. */
export type CaFlags = {
  readonly days: string;
  readonly domain: string;
  readonly nameConstraint?: boolean;
  readonly additionalNameConstraint?: string[];
};

/** Makes an authority and writes it into the working folder. Throws a CommandError when it is there already. */
export async function createCa(flags: CaFlags, context: Context): Promise<void> {
  const { domain, nameConstraint = false, additionalNameConstraint = [] } = flags;
  const ttlMs = daysToMs(flags.days);
  const files = { certificate: `${domain}-agent-ca.pem`, key: `${domain}-agent-ca-key.pem` };
  await refuseExisting(files);
  const key = await generateKeyPair();
  const serial = newSerial();
  const certificate = withPkiErrors(() =>
    createTlsAuthority({
      commonName: `Consul Agent CA ${serial}`,
      permittedDomains: nameConstraint ? [...additionalNameConstraint, domain, "localhost"] : [],
      key,
      serial,
      ttlMs,
      nowMs: Date.now(),
    }),
  );
  await writeNew(files, { certificate, key: key.privateKeyPem }, context);
}
