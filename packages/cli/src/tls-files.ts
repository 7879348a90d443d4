import { randomBytes } from "node:crypto";
import { access, writeFile } from "node:fs/promises";
import type { Context } from "./context.ts";
import { CommandError } from "./errors.ts";

/** Where a certificate and its key are written. */
export type TlsFiles = { readonly certificate: string; readonly key: string };

const DAY_MS = 24 * 3_600_000;

/** The longest that certificates can say: they name years by four digits. */
const MOST_DAYS = 100 * 365;

/** Milliseconds of a number of days. Throws a CommandError when it is none. */
export function daysToMs(days: string): number {
  if (!/^\d{1,6}$/.test(days) || Number(days) < 1 || Number(days) > MOST_DAYS) {
    throw new CommandError(`-days must be from 1 to ${MOST_DAYS}, not "${days}"`);
  }
  return Number(days) * DAY_MS;
}

/** A serial number that no other certificate has. */
export function newSerial(): bigint {
  return BigInt(`0x${randomBytes(16).toString("hex")}`) + 1n;
}

/** Throws a CommandError when one of the files is there. */
export async function refuseExisting({ certificate, key }: TlsFiles): Promise<void> {
  for (const file of [certificate, key]) {
    if (await exists(file)) throw new CommandError(`${file} already exists.`);
  }
}

/** The first of `<name>-0.pem`, `<name>-1.pem`, … of which neither the certificate nor the key is there. */
export async function unusedFiles(name: string): Promise<TlsFiles> {
  for (let at = 0; ; at += 1) {
    const files = { certificate: `${name}-${at}.pem`, key: `${name}-${at}-key.pem` };
    if (!(await exists(files.certificate)) && !(await exists(files.key))) return files;
  }
}

/** Writes both, for their owner's eyes only. Throws a CommandError when one is there, or cannot be written. */
export async function writeNew(files: TlsFiles, content: TlsFiles, context: Context): Promise<void> {
  for (const part of ["certificate", "key"] as const) {
    try {
      await writeFile(files[part], content[part], { flag: "wx", mode: 0o600 });
    } catch (cause) {
      throw new CommandError(`Error writing ${files[part]}: ${(cause as Error).message}`, 1, { cause });
    }
    context.out(`==> Saved ${files[part]}`);
  }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
