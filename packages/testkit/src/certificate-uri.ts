import "reflect-metadata";
import { SubjectAlternativeNameExtension, X509Certificate } from "@peculiar/x509";

/** The first URI among a certificate's alternative names, and the only one that Consul's libraries look at; undefined when it has none. */
export function firstUri(der: Uint8Array<ArrayBuffer>): URL | undefined {
  const names = new X509Certificate(der).getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const uri = names.find(({ type }) => type === "url")?.value;
  return uri !== undefined && URL.canParse(uri) ? new URL(uri) : undefined;
}
