import type { Fields } from "@causeway/definitions";

/** Settings that change something here; one inside of a block after a dot. */
const USED: ReadonlySet<string> = new Set([
  ...["acl.default_policy", "acl.down_policy", "acl.enabled", "acl.tokens.default", "acl.tokens.initial_management"],
  ...["acl.enable_token_persistence", "acl.tokens.agent", "acl_agent_token"],
  ...["acl.tokens.master", "acl_datacenter", "acl_default_policy", "acl_down_policy", "acl_master_token", "acl_token"],
  ...["addresses.http", "addresses.https", "advertise_addr", "bind_addr", "ca_file", "ca_path", "cert_file"],
  ...["client_addr", "connect.ca_config", "connect.ca_provider", "connect.enabled", "data_dir", "datacenter"],
  ...[
    "enable_local_script_checks",
    "enable_script_checks",
    "key_file",
    "leave_on_terminate",
    "log_level",
    "node_id",
    "node_meta",
    "node_name",
  ],
  ...[
    "pid_file",
    "ports.http",
    "ports.https",
    "primary_datacenter",
    "reconnect_timeout",
    "server",
    "skip_leave_on_interrupt",
    "telemetry.prometheus_retention_time",
  ],
  ...["tls.defaults.ca_file", "tls.defaults.ca_path", "tls.defaults.cert_file", "tls.defaults.key_file"],
  ...["tls.defaults.verify_incoming", "tls.https.ca_file", "tls.https.ca_path", "tls.https.cert_file"],
  ...[
    "tls.https.key_file",
    "tls.https.verify_incoming",
    "unix_sockets.mode",
    "verify_incoming",
    "verify_incoming_https",
  ],
]);

/** The keys of a configuration that change nothing here, in the order of their names: `performance`, `ports.dns`. */
export function unusedSettings(settings: Fields, path = ""): readonly string[] {
  const found = Object.entries(settings).flatMap(([key, value]) => {
    const name = `${path}${key}`;
    if (USED.has(name)) return [];
    const inside = [...USED].some((used) => used.startsWith(`${name}.`));
    return inside && typeof value === "object" && value !== null ? unusedSettings(value as Fields, `${name}.`) : [name];
  });
  return found.sort();
}
