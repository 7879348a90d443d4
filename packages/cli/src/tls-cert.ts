import { readFile } from "node:fs/promises";
import { generateKeyPair, readPrivateKey, signTlsCertificate } from "@causeway/pki";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";
import { withPkiErrors } from "./pki-errors.ts";
import { daysToMs, newSerial, unusedFiles, writeNew } from "./tls-files.ts";
import { type NameFlags, tlsNames } from "./tls-names.ts";

/** The flags of `tls cert create`. */
export type CertFlags = NameFlags & { readonly ca: string; readonly key: string; readonly days: string };

/** Stands for -domain in the names of files. */
const DOMAIN = "#DOMAIN#";

const WARNING = `==> WARNING: whoever holds a server certificate can pass for an agent or a NATS server of
    this datacenter, and so learn ACL tokens. Keep it as safe as the CA's key.`;

/** Makes a certificate that the authority has signed, and writes it into the working folder. Throws a CommandError. */
export async function createCert(flags: CertFlags, context: Context): Promise<void> {
  const { fileName, ...names } = tlsNames(flags);
  const ttlMs = daysToMs(flags.days);
  const ca = flags.ca.replace(DOMAIN, flags.domain);
  const caKey = flags.key.replace(DOMAIN, flags.domain);
  const issuer = await read("CA", ca);
  const keyText = await read("CA key", caKey);
  if (flags.server === true) context.out(WARNING);
  context.out(`==> Using ${ca} and ${caKey}`);
  const key = await generateKeyPair();
  const certificate = withPkiErrors(() => {
    const { privateKey: issuerKey } = readPrivateKey(keyText);
    const signing = { issuer, issuerKey, serial: newSerial(), ttlMs, nowMs: Date.now() };
    return signTlsCertificate({ ...names, publicKey: key.publicKey, ...signing });
  });
  await writeNew(await unusedFiles(fileName), { certificate, key: key.privateKeyPem }, context);
}

async function read(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const remedy = `make one with "causeway tls ca create", or name it with -ca and -key`;
    throw new CommandError(`Error reading ${what}: ${(cause as Error).message}: ${remedy}`, 1, { cause });
  }
}
