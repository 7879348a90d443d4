import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AttributeTypeAndValue,
  AttributeValue,
  type Extension,
  GeneralName,
  id_ce_subjectAltName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { PkiError } from "./errors.ts";

/** Everything that a certificate or a request says its holder is called, in its own order; other kinds of name are left out. */
export type SubjectNames = {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emails: readonly string[];
};

const COMMON_NAME = "2.5.4.3";

/** A name as it may stand in a certificate: printable ASCII without spaces, so that no log or list of names can be led astray. */
const PLAIN_NAME = /^[\x21-\x7e]+$/;

/** The subjectAltName extension's content for these names. */
export function toSubjectAltName({
  uris,
  dnsNames,
  ipAddresses,
}: Omit<SubjectNames, "emails">): SubjectAlternativeName {
  for (const name of [...uris, ...dnsNames]) refuseOddName(name);
  return new SubjectAlternativeName([
    ...uris.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...ipAddresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ]);
}

/**
 * The names in the subjectAltName extension; none when there is no such extension.
 *
 * @throws PkiError UNREADABLE when a name holds spaces, control characters or what is not ASCII, or when the extension stands twice.
 */
export function namesIn(extensions: readonly Extension[]): SubjectNames {
  const found = extensions.filter(({ extnID }) => extnID === id_ce_subjectAltName);
  if (found.length > 1) throw new PkiError({ code: "UNREADABLE", what: "subjectAltName", reason: "it stands twice" });
  const names = found.flatMap(({ extnValue }) => [...AsnConvert.parse(extnValue.buffer, SubjectAlternativeName)]);
  const all = (pick: (name: GeneralName) => string | undefined) => names.map(pick).filter((name) => name !== undefined);
  const read = {
    uris: all((name) => name.uniformResourceIdentifier),
    dnsNames: all((name) => name.dNSName),
    ipAddresses: all((name) => name.iPAddress),
    emails: all((name) => name.rfc822Name),
  };
  for (const name of [...read.uris, ...read.dnsNames, ...read.emails]) refuseOddName(name);
  return read;
}

function refuseOddName(name: string): void {
  if (PLAIN_NAME.test(name)) return;
  const reason = `${JSON.stringify(name)} is not printable ASCII without spaces`;
  throw new PkiError({ code: "UNREADABLE", what: "subjectAltName", reason });
}

/** A subject that has a common name and nothing else. */
export function toName(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

/** The common name of a subject; empty when it has none, as leaves do. */
export function commonNameOf(name: Name): string {
  const attributes = [...name].flatMap((part) => [...part]);
  return attributes.find(({ type }) => type === COMMON_NAME)?.value.toString() ?? "";
}
