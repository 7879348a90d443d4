/** One name of a certificate, as Node writes it: `URI`, `DNS`, `IP Address`, `email`, … */
export type AltName = { readonly type: string; readonly value: string };

const SEPARATOR = ", ";

/** A JSON string at this place. */
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const TYPE = /[A-Za-z][A-Za-z0-9 ]*:/y;
const PLAIN = /[^,"]*/y;

/**
 * Reads the text that Node gives for the subjectAltName of a certificate; undefined when it is not of that form.
 *
 * Node writes a name that holds a comma, a quote or anything odd as a JSON string, so that a DNS name of `a, URI:spiffe://…` cannot pass
 * for two names. Splitting the text at commas would undo that.
 *
 * @see https://nodejs.org/api/crypto.html#x509subjectaltname (CVE-2021-44532)
 */
export function readSubjectAltName(text: string): AltName[] | undefined {
  const names: AltName[] = [];
  for (let at = 0; at < text.length; ) {
    const type = matchAt(TYPE, text, at);
    if (type === undefined) return undefined;
    const value = readValue(text, at + type.length);
    if (value === undefined) return undefined;
    names.push({ type: type.slice(0, -1), value: value.text });
    if (value.end === text.length) return names;
    if (!text.startsWith(SEPARATOR, value.end)) return undefined;
    at = value.end + SEPARATOR.length;
    if (at === text.length) return undefined;
  }
  return names;
}

function readValue(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  if (text[at] !== '"') {
    const plain = matchAt(PLAIN, text, at) ?? "";
    return { text: plain, end: at + plain.length };
  }
  const quoted = matchAt(QUOTED, text, at);
  if (quoted === undefined) return undefined;
  try {
    return { text: JSON.parse(quoted), end: at + quoted.length };
  } catch {
    return undefined;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
