import type { Fields } from "@causeway/definitions";
import { CommandError } from "../errors.ts";

/** How the value of a flag is given. */
export type FlagKind = "text" | "integer" | "flag" | "texts" | "pairs";

/** A flag of `consul agent`, and the key of the configuration that it stands for: "ports.http" is `http` inside of `ports`. */
export type AgentFlag = { readonly name: string; readonly kind: FlagKind; readonly key: string };

const flags = (kind: FlagKind, ...named: readonly (readonly [name: string, key: string])[]): readonly AgentFlag[] =>
  named.map(([name, key]) => ({ name, kind, key }));

/**
 * The flags that override configuration files; those without a meaning here are taken like their keys.
 *
 * @see https://developer.hashicorp.com/consul/docs/agent/config/cli-flags
 */
export const AGENT_FLAGS: readonly AgentFlag[] = [
  ...flags(
    "text",
    ["advertise", "advertise_addr"],
    ["advertise-wan", "advertise_addr_wan"],
    ["alt-domain", "alt_domain"],
  ),
  ...flags("text", ["bind", "bind_addr"], ["client", "client_addr"], ["data-dir", "data_dir"]),
  ...flags("text", ["datacenter", "datacenter"], ["default-query-time", "default_query_time"], ["domain", "domain"]),
  ...flags("text", ["encrypt", "encrypt"], ["log-file", "log_file"], ["log-level", "log_level"], ["node", "node_name"]),
  ...flags("text", ["log-rotate-duration", "log_rotate_duration"], ["max-query-time", "max_query_time"]),
  ...flags("text", ["node-id", "node_id"], ["pid-file", "pid_file"], ["retry-interval", "retry_interval"]),
  ...flags("text", ["retry-interval-wan", "retry_interval_wan"], ["segment", "segment"], ["serf-lan-bind", "serf_lan"]),
  ...flags("text", ["serf-wan-bind", "serf_wan"], ["ui-content-path", "ui_content_path"], ["ui-dir", "ui_dir"]),
  ...flags("integer", ["bootstrap-expect", "bootstrap_expect"], ["check_output_max_size", "check_output_max_size"]),
  ...flags("integer", ["dns-port", "ports.dns"], ["grpc-port", "ports.grpc"], ["http-port", "ports.http"]),
  ...flags("integer", ["https-port", "ports.https"], ["serf-lan-port", "ports.serf_lan"]),
  ...flags("integer", ["serf-wan-port", "ports.serf_wan"], ["server-port", "ports.server"], ["protocol", "protocol"]),
  ...flags("integer", ["log-rotate-bytes", "log_rotate_bytes"], ["log-rotate-max-files", "log_rotate_max_files"]),
  ...flags(
    "integer",
    ["raft-protocol", "raft_protocol"],
    ["retry-max", "retry_max"],
    ["retry-max-wan", "retry_max_wan"],
  ),
  ...flags("flag", ["bootstrap", "bootstrap"], ["disable-host-node-id", "disable_host_node_id"], ["ui", "ui"]),
  ...flags("flag", ["disable-keyring-file", "disable_keyring_file"], ["log-json", "log_json"], ["server", "server"]),
  ...flags("flag", ["enable-local-script-checks", "enable_local_script_checks"]),
  ...flags("flag", ["enable-script-checks", "enable_script_checks"], ["non-voting-server", "non_voting_server"]),
  ...flags("flag", ["rejoin", "rejoin_after_leave"], ["syslog", "enable_syslog"]),
  ...flags("texts", ["join", "start_join"], ["join-wan", "start_join_wan"], ["primary-gateway", "primary_gateways"]),
  ...flags("texts", ["recursor", "recursors"], ["retry-join", "retry_join"], ["retry-join-wan", "retry_join_wan"]),
  ...flags("texts", ["allow-write-http-from", "http_config.allow_write_http_from"]),
  ...flags("texts", ["serf-lan-allowed-cidrs", "serf_lan_allowed_cidrs"]),
  ...flags("texts", ["serf-wan-allowed-cidrs", "serf_wan_allowed_cidrs"]),
  ...flags("pairs", ["node-meta", "node_meta"]),
];

/** What a command line gave, by the name of the flag. */
export type GivenFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The settings that these flags stand for. Throws a CommandError for a value of a wrong kind, in the words of Go's flag package. */
export function flagSettings(given: GivenFlags): Fields {
  const settings: Record<string, unknown> = {};
  for (const { name, kind, key } of AGENT_FLAGS) {
    const value = given[name];
    if (value === undefined) continue;
    const [first = "", second] = key.split(".");
    const read = readFlag(name, kind, value);
    settings[first] = second === undefined ? read : { ...(settings[first] as Fields | undefined), [second]: read };
  }
  return settings;
}

/** What one flag was given, as its kind has it. Throws a CommandError for a value of another kind. */
export function readFlag(name: string, kind: FlagKind, value: string | boolean | readonly string[]): unknown {
  const invalid = () => new CommandError(`invalid value "${String(value)}" for flag -${name}: parse error`);
  switch (kind) {
    case "text":
    case "texts":
      return value;
    case "integer":
      if (!/^[+-]?\d+$/.test(String(value))) throw invalid();
      return Number(value);
    case "flag":
      if (value === true || /^(1|t|true)$/i.test(String(value))) return true;
      if (/^(0|f|false)$/i.test(String(value))) return false;
      throw new CommandError(`invalid boolean value "${String(value)}" for -${name}: parse error`);
    case "pairs":
      return Object.fromEntries([value].flat().map((text) => pairOf(String(text))));
  }
}

/** "rack:r1"; without a colon the value is empty, as in Consul. */
function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf(":");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
