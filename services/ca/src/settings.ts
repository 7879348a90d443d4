import { durationNs, durationText } from "@causeway/model";
import type { KeyType } from "@causeway/pki";
import { CaError } from "./errors.ts";

/** What the CA's configuration says, decoded. */
export type Settings = {
  readonly leafCertTtlMs: number;
  readonly intermediateCertTtlMs: number;
  readonly rootCertTtlMs: number;
  readonly keyType: KeyType;
  /** 0 is without limit. */
  readonly csrMaxPerSecond: number;
  /** PEM; empty where the CA makes its own. */
  readonly privateKey: string;
  readonly rootCert: string;
  readonly disableCrossSigning: boolean;
};

/** A configuration that can be used, or what is wrong with it in Consul's words. */
export type ReadSettings =
  | { readonly kind: "legal"; readonly settings: Settings }
  | { readonly kind: "illegal"; readonly message: string };

/** What a new CA is configured with: what Consul writes out, beside the defaults that it keeps to itself. */
export const FIRST_CONFIG = { IntermediateCertTTL: "8760h", LeafCertTTL: "72h", RotationPeriod: "2160h" } as const;

const HOUR_NS = 3_600e9;
const YEAR_NS = 365 * 24 * HOUR_NS;

/** The options with their defaults, by the form of their names that CamelCase and snake_case have in common. */
const DEFAULTS = {
  leafcertttl: 72 * HOUR_NS,
  intermediatecertttl: YEAR_NS,
  rootcertttl: 10 * YEAR_NS,
  csrmaxpersecond: 50,
  privatekeybits: 256,
  privatekeytype: "ec",
  privatekey: "",
  rootcert: "",
  disablecrosssigning: false,
} as const;
type Options = { readonly [K in keyof typeof DEFAULTS]: Widened<(typeof DEFAULTS)[K]> };
type Widened<T> = T extends number ? number : T extends string ? string : boolean;

const DURATIONS: readonly string[] = ["leafcertttl", "intermediatecertttl", "rootcertttl"];

/**
 * Reads and checks the provider's part of a CA configuration, as weakly typed as Consul does; keys that it does not know are left alone.
 *
 * @see https://developer.hashicorp.com/consul/docs/connect/ca/consul
 */
export function readSettings(config: Readonly<Record<string, unknown>>): ReadSettings {
  const faults: string[] = [];
  const options: Record<string, unknown> = { ...DEFAULTS };
  for (const [key, given] of Object.entries(config)) {
    const name = key.replaceAll("_", "").toLowerCase();
    if (!Object.hasOwn(DEFAULTS, name) || given === null) continue;
    const value = readOption(name, given);
    if (value === undefined) faults.push(`* error decoding '${key}': cannot be read as ${kindOf(name)}`);
    else options[name] = value;
  }
  if (faults.length > 0) {
    return illegal(`error decoding config: ${faults.length} error(s) decoding:\n\n${faults.join("\n")}`);
  }
  // Each option has just been read as the type of its default.
  return check(options as Options);
}

/** What a configuration that is stored says: it was legal when it was written. Throws a CaError `NOT_SET_UP` when it is not. */
export function keptSettings(config: Readonly<Record<string, unknown>>): Settings {
  const read = readSettings(config);
  if (read.kind === "illegal") throw new CaError({ code: "NOT_SET_UP" });
  return read.settings;
}

function readOption(name: string, given: unknown): string | number | boolean | undefined {
  if (DURATIONS.includes(name)) return typeof given === "string" ? durationNs(given) : numberOf(given);
  switch (typeof DEFAULTS[name as keyof typeof DEFAULTS]) {
    case "number":
      return numberOf(given);
    case "boolean":
      return given === true || given === "true" || given === 1;
    default:
      return ["string", "number", "boolean"].includes(typeof given) ? String(given) : undefined;
  }
}

function numberOf(given: unknown): number | undefined {
  const number = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function kindOf(name: string): string {
  if (DURATIONS.includes(name)) return "a duration such as 72h";
  return typeof DEFAULTS[name as keyof typeof DEFAULTS] === "number" ? "a number" : "a text";
}

function check(options: Options): ReadSettings {
  const problem = ttlProblem(options) ?? limitProblem(options);
  if (problem !== undefined) return illegal(problem);
  const keyType = keyTypeOf(options);
  if (typeof keyType === "string") return illegal(keyType);
  const settings = {
    leafCertTtlMs: options.leafcertttl / 1e6,
    intermediateCertTtlMs: options.intermediatecertttl / 1e6,
    rootCertTtlMs: options.rootcertttl / 1e6,
    keyType,
    csrMaxPerSecond: options.csrmaxpersecond,
    privateKey: options.privatekey,
    rootCert: options.rootcert,
    disableCrossSigning: options.disablecrosssigning,
  };
  return { kind: "legal", settings };
}

function ttlProblem({ leafcertttl: leaf, intermediatecertttl: intermediate, rootcertttl: root }: Options) {
  if (leaf < HOUR_NS) return `leaf cert TTL must be greater or equal than ${durationText(HOUR_NS)}`;
  if (leaf > YEAR_NS) return `leaf cert TTL must be less than ${durationText(YEAR_NS)}`;
  if (intermediate < 3 * HOUR_NS) return "Intermediate Cert TTL must be greater or equal than 3h";
  if (intermediate < 3 * leaf) {
    return `Intermediate Cert TTL must be greater or equal than 3 * LeafCertTTL (>=${durationText(3 * leaf)}).`;
  }
  if (root < intermediate) {
    const both = `root cert ttl: ${durationText(root)}, intermediate cert ttl: ${durationText(intermediate)}`;
    return `root cert TTL is set and is not greater than intermediate cert ttl. ${both}`;
  }
  return undefined;
}

function limitProblem({ csrmaxpersecond }: Options): string | undefined {
  return csrmaxpersecond < 0 ? "CSRMaxPerSecond must not be negative" : undefined;
}

function keyTypeOf({ privatekeytype: type, privatekeybits: bits }: Options): KeyType | string {
  if (type === "ec") {
    if (bits === 224 || bits === 256 || bits === 384 || bits === 521) return { type, bits };
    return "EC key length must be one of (224, 256, 384, 521) bits";
  }
  if (type === "rsa")
    return bits === 2048 || bits === 4096 ? { type, bits } : "RSA key length must be 2048 or 4096 bits";
  return "private key type must be either 'ec' or 'rsa'";
}

function illegal(message: string): ReadSettings {
  return { kind: "illegal", message };
}
