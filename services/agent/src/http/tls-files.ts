import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";

/** What of the configuration says how HTTPS proves who it is, and whom it lets in. */
export type TlsConfig = {
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly tlsCaFile?: string | undefined;
  readonly tlsCaPath?: string | undefined;
  readonly tlsVerifyIncoming: boolean;
};

/** Thrown for a TLS configuration that cannot be used; the message says which file or variable is wrong. */
export class TlsFileError extends Error {
  override readonly name = "TlsFileError";
}

/**
 * Reads the files. A client must show a certificate of one of the CAs where `tlsVerifyIncoming` says so; others are then turned away
 * in the handshake.
 *
 * @throws TlsFileError when a file cannot be read, or something is missing.
 */
export async function readTlsFiles(config: TlsConfig): Promise<TlsOptions> {
  const { tlsCertFile, tlsKeyFile, tlsCaFile, tlsCaPath, tlsVerifyIncoming } = config;
  if (tlsCertFile === undefined || tlsKeyFile === undefined) {
    throw new TlsFileError("HTTPS needs a certificate: set CAUSEWAY_TLS_CERT_FILE and CAUSEWAY_TLS_KEY_FILE");
  }
  const [cert, key, file, folder] = await Promise.all([
    read(tlsCertFile),
    read(tlsKeyFile),
    tlsCaFile === undefined ? [] : read(tlsCaFile),
    tlsCaPath === undefined ? [] : readFolder(tlsCaPath),
  ]);
  const ca = [file, folder].flat();
  if (tlsVerifyIncoming && ca.length === 0) {
    throw new TlsFileError(
      "clients' certificates are checked by a CA: set CAUSEWAY_TLS_CA_FILE or CAUSEWAY_TLS_CA_PATH, or unset CAUSEWAY_TLS_VERIFY_INCOMING",
    );
  }
  const checked = tlsVerifyIncoming ? { ca, requestCert: true, rejectUnauthorized: true } : {};
  return { cert, key, minVersion: "TLSv1.2", ...checked };
}

async function readFolder(path: string): Promise<string[]> {
  const names = await readdir(path).catch((cause: Error) => refuse(path, cause));
  return await Promise.all(names.sort().map((name) => read(join(path, name))));
}

async function read(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: Error) => refuse(path, cause));
}

function refuse(path: string, cause: Error): never {
  throw new TlsFileError(`cannot read ${path}: ${cause.message}`, { cause });
}
