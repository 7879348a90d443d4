import { readFile } from "node:fs/promises";
import { checkServerIdentity } from "node:tls";
import type { CommonConfig } from "@causeway/runtime";
import { type ConnectionOptions, credsAuthenticator, usernamePasswordAuthenticator } from "@nats-io/transport-node";
import { BusError } from "./errors.ts";
import { userKeyOf } from "./user-key.ts";

/** By what a process is known to NATS, and NATS to it: the fields of its configuration that are about that. */
export type BusCredentials = Pick<
  CommonConfig,
  "natsNkeyFile" | "natsCaFile" | "natsCredentialsFile" | "natsUser" | "natsPassword" | "natsCertFile" | "natsKeyFile"
>;

/** What the client is told of credentials; files are read now, and no content of theirs is ever part of an error. */
export async function secureOptions(
  credentials: BusCredentials,
  url: string,
): Promise<Pick<ConnectionOptions, "authenticator" | "tls">> {
  return { ...(await authenticator(credentials)), ...(await tls(credentials, url)) };
}

type Authenticating = Pick<ConnectionOptions, "authenticator">;

/** One way to be known, or none: two would leave open who one is. */
async function authenticator(credentials: BusCredentials): Promise<Authenticating> {
  const { natsNkeyFile, natsCredentialsFile, natsUser, natsPassword } = credentials;
  const ways = { CAUSEWAY_NATS_NKEY_FILE: natsNkeyFile, CAUSEWAY_NATS_CREDENTIALS_FILE: natsCredentialsFile };
  const set = Object.entries({ ...ways, CAUSEWAY_NATS_USER: natsUser }).filter(([, value]) => value !== undefined);
  if (set.length > 1) {
    const reason = `${set.map(([variable]) => variable).join(" and ")} are set: a process has one user, set one of them`;
    throw new BusError({ code: "CREDENTIALS", reason });
  }
  if (natsNkeyFile !== undefined) {
    const seed = (await read("CAUSEWAY_NATS_NKEY_FILE", natsNkeyFile)).toString("latin1").trim();
    if (!USER_SEED.test(seed)) {
      const reason = `CAUSEWAY_NATS_NKEY_FILE: ${natsNkeyFile} holds no seed of a user, which begins with SU: name <service>.nk of \`causeway bus init\``;
      throw new BusError({ code: "CREDENTIALS", reason });
    }
    const { publicKey: nkey, sign } = userKeyOf(seed);
    return { authenticator: (nonce) => ({ nkey, sig: nonce === undefined ? "" : sign(nonce) }) };
  }
  if (natsCredentialsFile !== undefined) {
    const bytes = await read("CAUSEWAY_NATS_CREDENTIALS_FILE", natsCredentialsFile);
    return { authenticator: credsAuthenticator(bytes) };
  }
  return natsUser === undefined ? {} : { authenticator: usernamePasswordAuthenticator(natsUser, natsPassword) };
}

/** @see https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth */
const USER_SEED = /^SU[A-Z2-7]{56}$/;

async function tls(
  { natsCaFile, natsCertFile, natsKeyFile }: BusCredentials,
  url: string,
): Promise<Pick<ConnectionOptions, "tls">> {
  if (natsCaFile === undefined && natsCertFile === undefined) return {};
  const [ca, cert, key] = await Promise.all([
    text("CAUSEWAY_NATS_CA_FILE", natsCaFile),
    text("CAUSEWAY_NATS_CERT_FILE", natsCertFile),
    text("CAUSEWAY_NATS_KEY_FILE", natsKeyFile),
  ]);
  const files = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  // Not an option that the client names, but it hands on to Node what it is given.
  return { tls: { ...files, ...{ checkServerIdentity: oneOf(hostsOf(url)) } } };
}

/**
 * Asks of a server that its certificate names one of those that the URL names. The client has no name to check where it dials an IP
 * address, and dials those that a cluster tells it of as well.
 */
function oneOf(hosts: readonly string[]): typeof checkServerIdentity {
  return (given, certificate) => {
    const problems = hosts.map((host) => checkServerIdentity(host, certificate));
    return problems.includes(undefined) ? undefined : (problems[0] ?? checkServerIdentity(given, certificate));
  };
}

function hostsOf(url: string): readonly string[] {
  return url.split(",").map((one) => {
    const { hostname } = new URL(one.includes("://") ? one.trim() : `nats://${one.trim()}`);
    return hostname.replace(/^\[(.*)\]$/, "$1");
  });
}

async function text(variable: string, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : (await read(variable, path)).toString("utf8");
}

async function read(variable: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    const reason = `${variable}: ${path} cannot be read (${code}): \`causeway bus init\` makes such files, for the user that runs the service`;
    throw new BusError({ code: "CREDENTIALS", reason }, { cause });
  }
}
