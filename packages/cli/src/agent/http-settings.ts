import { CommandError } from "../errors.ts";
import { AddressError, type AddressSource, evaluateAddress } from "../sockaddr/index.ts";
import type { AgentSettings } from "./settings.ts";

const DEFAULT_HTTP_PORT = 8_500;
const MAX_PORT = 65_535;
const LOOPBACK = "127.0.0.1";

/** Where the agent's API is: variables of the agent, and what of the settings could not be followed. */
export type HttpPlan = { readonly agent: Readonly<Record<string, string>>; readonly warnings: readonly string[] };

/**
 * Says where the agent's API is, and how its HTTPS proves who it is. Templates are evaluated over `host`.
 *
 * A port of HTTPS without a certificate is off, with a warning: Consul opens it, and then no handshake succeeds.
 */
export function httpPlan(settings: AgentSettings, host: AddressSource): HttpPlan {
  const { addresses = {}, client_addr = LOOPBACK, ports = {}, unix_sockets = {} } = settings;
  const http = addressesOf("addresses.http", addresses.http ?? client_addr, host);
  const https = addressesOf("addresses.https", addresses.https ?? client_addr, host);
  const httpsPort = portOf("ports.https", ports.https ?? -1);
  const tls = httpsPort < 0 ? undefined : tlsVariables(settings);
  const agent = {
    CAUSEWAY_HTTP_ADDRESS: http.join(","),
    CAUSEWAY_HTTP_PORT: String(portOf("ports.http", ports.http ?? DEFAULT_HTTP_PORT)),
    ...(unix_sockets.mode === undefined ? {} : { CAUSEWAY_HTTP_SOCKET_MODE: unix_sockets.mode }),
    ...(tls === undefined ? {} : { CAUSEWAY_HTTPS_ADDRESS: https.join(","), CAUSEWAY_HTTPS_PORT: String(httpsPort) }),
    ...tls,
  };
  const off = httpsPort >= 0 && tls === undefined;
  return { agent, warnings: off ? ["ports.https is off: it needs a certificate, by cert_file and key_file"] : [] };
}

/** Where others reach this machine: loopback alone is nobody's address but its own, which is what is left without a network. */
export function advertiseAddress({ advertise_addr, bind_addr }: AgentSettings, host: AddressSource): string {
  const [given] = addressesOf("advertise_addr", advertise_addr ?? bind_addr ?? "0.0.0.0", host);
  if (given !== undefined && !["0.0.0.0", "::", "[::]"].includes(given)) return given;
  return privateAddress(host) ?? host.interfaces.find(({ loopback }) => !loopback)?.address ?? LOOPBACK;
}

function privateAddress(host: AddressSource): string | undefined {
  try {
    return evaluateAddress("{{ GetPrivateIP }}", host);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

/** Several addresses stand in one text, with spaces between them. */
function addressesOf(key: string, text: string, host: AddressSource): readonly string[] {
  const addresses = evaluateAddress(text, host)
    .split(/\s+/)
    .filter((address) => address !== "");
  const strange = addresses.find((address) => address.includes(","));
  if (strange !== undefined) throw new CommandError(`${key}: invalid ip address: ${strange}`);
  return addresses;
}

/** Consul takes 0 for a port that is off, as -1. */
function portOf(key: string, port: number): number {
  if (port > MAX_PORT) throw new CommandError(`${key}: invalid port: ${port}`);
  return port <= 0 ? -1 : port;
}

/** How HTTPS is done; undefined without a certificate. */
function tlsVariables(settings: AgentSettings): Record<string, string> | undefined {
  const { tls = {} } = settings;
  const old = settings.verify_incoming_https === true ? { verify_incoming: true } : {};
  const {
    cert_file,
    key_file,
    ca_file,
    ca_path,
    verify_incoming = false,
  } = {
    ...settings,
    ...old,
    ...tls.defaults,
    ...tls.https,
  };
  if (!cert_file || !key_file) return undefined;
  if (verify_incoming && !ca_file && !ca_path) {
    throw new CommandError("VerifyIncoming set, and no CA certificate provided!");
  }
  return {
    CAUSEWAY_TLS_CERT_FILE: cert_file,
    CAUSEWAY_TLS_KEY_FILE: key_file,
    ...(ca_file ? { CAUSEWAY_TLS_CA_FILE: ca_file } : {}),
    ...(ca_path ? { CAUSEWAY_TLS_CA_PATH: ca_path } : {}),
    CAUSEWAY_TLS_VERIFY_INCOMING: String(verify_incoming),
  };
}
