import { isDeepStrictEqual } from "node:util";
import { type Authorizer, BusError, everyoneMay, type Handlers, Refusal, requireAllowed } from "@causeway/bus";
import { type CaConfiguration, quoted, type Request } from "@causeway/model";
import { PkiError } from "@causeway/pki";
import { type Authority, presentConfiguration, presentSigner, type Signer } from "./authority.ts";
import { CaError } from "./errors.ts";
import { rotate } from "./rotate.ts";
import { checkBrought, needsNewRoot } from "./rotation.ts";
import { keptSettings, readSettings, type Settings } from "./settings.ts";

const NO_CROSS_SIGNING =
  "The current CA Provider does not support cross-signing. You can try again with ForceWithoutCrossSigningSet but this may cause disruption - see documentation for more.";

/** A replica that lost so many races in a row is not racing but broken. */
const MAX_ATTEMPTS = 10;

/** The verbs by which an operator reads and changes how the CA signs. */
export function configurationVerbs(
  authority: Authority,
  check = everyoneMay,
): Handlers<"ca.configuration" | "ca.configure"> {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    "ca.configuration": async ({ Token }) => {
      await requireAllowed(check, Token, mayRead);
      return withBroughtKey(await presentConfiguration(authority), await presentSigner(authority));
    },
    "ca.configure": async ({ Configuration, Token }) => {
      await requireAllowed(check, Token, mayWrite);
      const change = turn.then(() => configure(authority, Configuration));
      turn = change.catch(() => {});
      return change;
    },
  };
}

const mayRead = (authorizer: Authorizer) => authorizer.may("operator:read");
const mayWrite = (authorizer: Authorizer) => authorizer.may("operator:write");

type Asked = Request<"ca.configure">["Configuration"];

/**
 * Changes the configuration, and the root where that calls for it.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/connect/ca#update-ca-configuration
 */
async function configure(authority: Authority, asked: Asked): Promise<{ readonly Index: number }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await configureOnce(authority, asked);
    } catch (error) {
      const lost = error instanceof BusError && error.failure.code === "CONFLICT" && attempt < MAX_ATTEMPTS;
      if (!lost) throw error;
    }
  }
}

async function configureOnce(authority: Authority, asked: Asked): Promise<{ readonly Index: number }> {
  const [signer, stored] = await Promise.all([presentSigner(authority), presentConfiguration(authority)]);
  const { Provider = "", Config = {}, State, ForceWithoutCrossSigning = false } = asked;
  const present = withBroughtKey(stored, signer);
  if (State && Object.keys(State).length > 0 && !isDeepStrictEqual(State, present.State)) {
    throw new Refusal(500, "CA Provider State is read-only");
  }
  if (Provider === present.Provider && isDeepStrictEqual(Config, present.Config)) return { Index: present.ModifyIndex };

  const settings = legalSettings(Provider, Config);
  const rotation = await rotateIfNeeded(authority, { signer, settings, stored, forced: ForceWithoutCrossSigning });
  const written = await writeConfiguration(authority, { Provider, Config, ForceWithoutCrossSigning });
  return { Index: Math.max(rotation, written) };
}

/** The settings of a provider's configuration. Throws Consul's refusals. */
function legalSettings(provider: string, config: Readonly<Record<string, unknown>>): Settings {
  if (provider !== "consul") {
    throw new Refusal(500, `could not initialize provider: unknown CA provider ${quoted(provider)}`);
  }
  const read = readSettings(config);
  if (read.kind === "illegal") throw new Refusal(500, `error configuring provider: ${read.message}`);
  const { rootCert, privateKey } = read.settings;
  if (rootCert !== "" && privateKey === "") {
    throw new Refusal(500, "error configuring provider: must provide a private key when providing a root cert");
  }
  return read.settings;
}

type Wish = {
  readonly signer: Signer;
  readonly settings: Settings;
  readonly stored: CaConfiguration;
  readonly forced: boolean;
};

/** Rotates the root where the settings call for another one; gives the revision of the roots, 0 where they stay. */
async function rotateIfNeeded(authority: Authority, { signer, settings, stored, forced }: Wish): Promise<number> {
  try {
    checkBrought(settings, authority.clock.now());
    if (!needsNewRoot(settings, { root: signer.root, origin: signer.key.origin })) return 0;
    if (!forced && keptSettings(stored.Config).disableCrossSigning) throw new Refusal(500, NO_CROSS_SIGNING);
    return await rotate(authority, { signer, settings, crossSigned: !forced });
  } catch (error) {
    const unusable = error instanceof PkiError || (error instanceof CaError && error.code === "UNUSABLE_ROOT_CERT");
    if (!unusable) throw error;
    const hint = error.code === "ISSUER_EXPIRED" ? ". Set ForceWithoutCrossSigning to go on without it" : "";
    throw new Refusal(500, `error generating CA root certificate: ${error.message}${hint}`);
  }
}

async function writeConfiguration(
  { roots }: Authority,
  asked: Pick<CaConfiguration, "Provider" | "Config" | "ForceWithoutCrossSigning">,
): Promise<number> {
  const Config = Object.fromEntries(Object.entries(asked.Config).filter(([key]) => !holdsKey(key)));
  return await roots.change("configuration", [], (stored) => {
    const CreateIndex = stored?.value.CreateIndex || (stored?.revision ?? 0);
    return { ...asked, Config, State: null, CreateIndex, ModifyIndex: 0 };
  });
}

/** The configuration as its operator wrote it: the key that he brought is not in the bucket, but with the signing keys. */
function withBroughtKey(stored: CaConfiguration, { key }: Signer): CaConfiguration {
  if (key.origin === "made") return stored;
  return { ...stored, Config: { ...stored.Config, PrivateKey: key.pem } };
}

/** True of the one option that no bucket may hold, however it is spelt. */
export function holdsKey(option: string): boolean {
  return option.replaceAll("_", "").toLowerCase() === "privatekey";
}
