import { PkiError } from "./errors.ts";

/** What a PEM block says that it holds. */
export type PemLabel = "CERTIFICATE" | "CERTIFICATE REQUEST";

const LINE_LENGTH = 64;

/** Writes DER as PEM, which ends with a newline, so that several can be put after one another. */
export function toPem(label: PemLabel, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Reads the first block of this kind as DER. */
export function fromPem(label: PemLabel, pem: string): Uint8Array<ArrayBuffer> {
  const [first] = pemBlocks(label, pem);
  if (first === undefined)
    throw new PkiError({ code: "UNREADABLE", what: label.toLowerCase(), reason: "no PEM block of it" });
  const base64 = first.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  return new Uint8Array(Buffer.from(base64, "base64"));
}

/** The certificates of a chain one by one, each with its newline; whatever stands between them is left out. */
export function splitCertificates(pem: string): string[] {
  return pemBlocks("CERTIFICATE", pem).map((block) => `${block}\n`);
}

function pemBlocks(label: PemLabel, pem: string): string[] {
  return pem.match(new RegExp(`-----BEGIN ${label}-----[A-Za-z0-9+/=\\s]*-----END ${label}-----`, "g")) ?? [];
}
