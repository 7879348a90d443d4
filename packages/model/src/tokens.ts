/** The token that stands for the wildcard "*" in keys: no encoded name can be equal to it. */
export const ANY_TOKEN = "=any";

/** The token of an empty string, which would otherwise vanish between two dots. */
export const EMPTY_TOKEN = "=empty";

const PLAIN = /^[A-Za-z0-9_-]+$/;

/**
 * Encodes one name as one token of a KV key or a NATS subject, reversibly.
 *
 * Letters, digits, "-" and "_" stand for themselves; every other byte of the UTF-8 form becomes "=" and two hexadecimal digits, so
 * that a name with dots, spaces or slashes is still one token. "*" becomes `=any`.
 */
export function keyToken(name: string): string {
  if (name === "*") return ANY_TOKEN;
  if (name === "") return EMPTY_TOKEN;
  if (PLAIN.test(name)) return name;
  let token = "";
  for (const byte of new TextEncoder().encode(name)) {
    const character = String.fromCharCode(byte);
    token += PLAIN.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
  }
  return token;
}

/** Decodes what `keyToken` made; a token that it cannot have made comes back as it is. */
export function fromKeyToken(token: string): string {
  if (token === ANY_TOKEN) return "*";
  if (token === EMPTY_TOKEN) return "";
  if (!token.includes("=")) return token;
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at++) {
    const hex = token.slice(at + 1, at + 3);
    if (token[at] === "=" && /^[0-9a-f]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else {
      bytes.push(token.charCodeAt(at));
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Joins names into a key, each encoded as one token. */
export function keyOf(...names: readonly string[]): string {
  return names.map(keyToken).join(".");
}

/** Splits a key into the names that `keyOf` joined. */
export function namesOf(key: string): string[] {
  return key.split(".").map(fromKeyToken);
}
