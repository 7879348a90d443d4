import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import { NO_SECOND_HANDSHAKE } from "./tls-settings.ts";

/** The files of one TLS configuration; two that name the same files share what was read. */
export type TlsFileSet = { readonly caFile: string; readonly certFile?: string; readonly keyFile?: string };

/** What the files held when they were read together. */
export type TlsFileContents = { readonly ca: string; readonly cert?: string; readonly key?: string };

/** Reads a set of files and checks that they are of use together; rejects with an error whose message names path and cause. */
export async function readTlsFiles({ caFile, certFile, keyFile }: TlsFileSet): Promise<TlsFileContents> {
  const [ca, cert, key] = await Promise.all([readPem(caFile), optional(certFile), optional(keyFile)]);
  certificatesIn(caFile, ca);
  if (certFile !== undefined && cert !== undefined) certificatesIn(certFile, cert);
  return { ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

/** Makes what TLS needs of the contents; throws an error that names the files when certificate and key do not belong together. */
export function secureContextOf(contents: TlsFileContents, { certFile, keyFile }: TlsFileSet): SecureContext {
  try {
    return createSecureContext({ ...contents, minVersion: "TLSv1.2", ...NO_SECOND_HANDSHAKE });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH"
        ? `${keyFile} is not the private key of ${certFile}`
        : `${certFile} and ${keyFile}: ${message}`;
    throw new Error(reason, { cause });
  }
}

/**
 * Changes whenever one of the files is written or replaced, symbolic links followed; a file that is not there counts too.
 */
export async function signatureOf(files: TlsFileSet): Promise<string> {
  const parts = await Promise.all(
    pathsOf(files).map(async (path) => {
      try {
        const { ino, mtimeNs, ctimeNs, size } = await stat(path, { bigint: true });
        return `${ino}:${mtimeNs}:${ctimeNs}:${size}`;
      } catch {
        return "none";
      }
    }),
  );
  return parts.join(" ");
}

/** Tells one set from another. */
export function fileSetKey(files: TlsFileSet): string {
  return JSON.stringify(pathsOf(files));
}

/** The paths of a set. */
export function pathsOf({ caFile, certFile, keyFile }: TlsFileSet): readonly string[] {
  return [caFile, certFile, keyFile].filter((path) => path !== undefined);
}

function optional(path: string | undefined): Promise<string> | undefined {
  return path === undefined ? undefined : readPem(path);
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(explainErrno(path, cause as NodeJS.ErrnoException), { cause });
  }
}

function explainErrno(path: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return `${path} does not exist (ENOENT)`;
    case "EACCES":
      return `${path} may not be read by this process (EACCES)`;
    case "EISDIR":
      return `${path} is a directory (EISDIR)`;
    default:
      return `${path}: ${message}`;
  }
}

/** OpenSSL takes a file without any certificate for an empty list of CAs, so it is looked at first. */
function certificatesIn(path: string, pem: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${path} holds no certificate in PEM`);
  for (const [i, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw new Error(`certificate ${i + 1} in ${path} cannot be read`, { cause });
    }
  }
}
