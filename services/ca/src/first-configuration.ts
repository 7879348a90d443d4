import { randomUUID } from "node:crypto";
import type { CaConfiguration } from "@causeway/model";
import { holdsKey } from "./configure.ts";
import { CaError } from "./errors.ts";
import { checkBrought } from "./rotation.ts";
import { FIRST_CONFIG, readSettings, type Settings } from "./settings.ts";

/** What a new CA begins with. */
export type FirstConfiguration = {
  readonly trustDomain: string;
  readonly settings: Settings;
  /** As it is stored: without a key. */
  readonly stored: CaConfiguration;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a new CA begins with, as its operator wants it: `given` has the options of Consul's CA configuration, and `ClusterID`, the UUID
 * that names the trust domain; a random one unless told.
 *
 * @throws CaError BAD_CONFIGURATION or UNUSABLE_ROOT_CERT; PkiError when a key or certificate cannot be read.
 */
export function firstConfiguration(given: Readonly<Record<string, unknown>>, nowMs: number): FirstConfiguration {
  const { ClusterID: clusterId = randomUUID(), ...options } = given;
  if (typeof clusterId !== "string" || !UUID.test(clusterId)) {
    throw bad("connect CA config cluster_id specified but is not a valid UUID");
  }
  const config = { ...FIRST_CONFIG, ...options };
  const read = readSettings(config);
  if (read.kind === "illegal") throw bad(read.message);
  const { settings } = read;
  if (settings.rootCert !== "" && settings.privateKey === "") {
    throw bad("must provide a private key when providing a root cert");
  }
  checkBrought(settings, nowMs);
  const stored = {
    Provider: "consul",
    Config: Object.fromEntries(Object.entries(config).filter(([key]) => !holdsKey(key))),
    State: null,
    ForceWithoutCrossSigning: false,
    CreateIndex: 0,
    ModifyIndex: 0,
  };
  return { trustDomain: `${clusterId}.consul`, settings, stored };
}

function bad(reason: string): CaError {
  return new CaError({ code: "BAD_CONFIGURATION", reason });
}
