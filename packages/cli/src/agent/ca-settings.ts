import { CommandError } from "../errors.ts";
import type { AgentSettings } from "./settings.ts";

/** The options of a CA configuration as files spell them. */
const OPTIONS: Readonly<Record<string, string>> = {
  cluster_id: "ClusterID",
  csr_max_concurrent: "CSRMaxConcurrent",
  csr_max_per_second: "CSRMaxPerSecond",
  intermediate_cert_ttl: "IntermediateCertTTL",
  leaf_cert_ttl: "LeafCertTTL",
  private_key: "PrivateKey",
  private_key_bits: "PrivateKeyBits",
  private_key_type: "PrivateKeyType",
  root_cert: "RootCert",
  root_cert_ttl: "RootCertTTL",
  rotation_period: "RotationPeriod",
};

/** What a new CA begins with: variables of the service `ca`. Throws a CommandError for a provider that there is not. */
export function caVariables({ connect = {} }: AgentSettings): Readonly<Record<string, string>> {
  const { ca_provider = "consul", ca_config } = connect;
  if (ca_provider !== "consul") {
    throw new CommandError(`connect.ca_provider must be "consul", which is built in, not "${ca_provider}"`);
  }
  if (ca_config === undefined) return {};
  const options = Object.entries(ca_config).map(([key, value]) => [OPTIONS[key] ?? key, value]);
  return { CAUSEWAY_CA_CONFIG: JSON.stringify(Object.fromEntries(options)) };
}
