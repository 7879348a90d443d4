/** What stands in place of a secret wherever one would have been printed. */
export const HIDDEN = "[hidden]";

/** Names, in lower case and without separators, whose values are secrets whatever they look like. */
const SECRET_NAMES = new Set([
  "accesstoken",
  "authorization",
  "bearertoken",
  "bootstraptoken",
  "cookie",
  "credentials",
  "jwt",
  "keypem",
  "passphrase",
  "password",
  "privatekey",
  "privatekeypem",
  "proxyauthorization",
  "sealkey",
  "secret",
  "secretid",
  "setcookie",
  "signingkey",
  "token",
  "xconsultoken",
]);

/** A private key in PEM, one that was cut off included; PEM holds no quote, so that a JSON text stays one. */
const PRIVATE_KEY_PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="|$))/g;

/** What is logged or shown by an admin port is shallow; what is deeper than this is either a mistake or a cycle. */
const MAX_DEPTH = 12;

/** Field names are few and come with every log line, so what was found out about one is kept; those from outside are not counted on. */
const KNOWN_NAMES = new Map<string, boolean>();
const MAX_KNOWN_NAMES = 1_000;

/** Says whether a field, header or variable called `name` holds a secret: `SecretID`, `X-Consul-Token` and `private_key` do. */
export function isSecretName(name: string): boolean {
  const known = KNOWN_NAMES.get(name);
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const secret = SECRET_NAMES.has(plain) || plain.endsWith("token") || plain.endsWith("password");
  if (KNOWN_NAMES.size < MAX_KNOWN_NAMES) KNOWN_NAMES.set(name, secret);
  return secret;
}

/** Who logs in where, as URLs have it: `nats://user:password@host`, `nats://token@host`. */
const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s"]+@/gi;

/** A text with every private key in it hidden, and the credentials of every URL; in a stack or a quoted text too. */
export function hideSecretsIn(text: string): string {
  const withoutKeys = text.includes("PRIVATE KEY-----") ? text.replaceAll(PRIVATE_KEY_PEM, HIDDEN) : text;
  return withoutKeys.includes("@") ? withoutKeys.replaceAll(URL_CREDENTIALS, `$1${HIDDEN}@`) : withoutKeys;
}

/**
 * A copy of `value` fit for printing: secrets are hidden by the name of their field and, since a field called `key` is as often the
 * key of a record, by what they look like (a private key in PEM, a URL with a password). Bytes are given as their number.
 */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return hideSecretsIn(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error || value instanceof Date || value instanceof URL) return value;
  if (depth === MAX_DEPTH) return "[deeper]";
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (value instanceof Map) return withoutSecrets(Object.fromEntries(value), depth);
  if (value instanceof Set) return withoutSecrets([...value], depth);
  const shown: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const hidden = isSecretName(name) && item !== undefined && item !== "";
    shown[name] = hidden ? HIDDEN : withoutSecrets(item, depth + 1);
  }
  return shown;
}
