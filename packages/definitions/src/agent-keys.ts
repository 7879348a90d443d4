/**
 * The keys of Consul 1.8's agent configuration that define neither services nor checks.
 *
 * @see https://developer.hashicorp.com/consul/docs/agent/config/config-files
 */
export const AGENT_KEYS: readonly string[] = [
  ...["acl", "acl_agent_master_token", "acl_agent_token", "acl_datacenter", "acl_default_policy", "acl_down_policy"],
  ...["acl_enable_key_list_policy", "acl_enforce_version_8", "acl_master_token", "acl_replication_token", "acl_token"],
  ...["acl_ttl", "addresses", "advertise_addr", "advertise_addr_ipv4", "advertise_addr_ipv6", "advertise_addr_wan"],
  ...["advertise_addr_wan_ipv4", "advertise_addr_wan_ipv6", "ae_interval", "alt_domain", "audit", "auto_config"],
  ...["auto_encrypt", "autopilot", "bind_addr", "bootstrap", "bootstrap_expect", "ca_file", "ca_path", "cache"],
  ...["cert_file", "check_output_max_size", "check_update_interval", "client_addr", "config_entries", "connect"],
  ...["data_dir", "datacenter", "default_query_time", "disable_anonymous_signature", "disable_coordinates"],
  ...["disable_host_node_id", "disable_http_unprintable_char_filter", "disable_keyring_file", "disable_remote_exec"],
  ...["disable_update_check", "discard_check_output", "discovery_max_stale", "dns_config", "domain"],
  ...["enable_acl_replication", "enable_agent_tls_for_checks", "enable_central_service_config", "enable_debug"],
  ...["enable_local_script_checks", "enable_script_checks", "enable_syslog", "encrypt", "encrypt_verify_incoming"],
  ...["encrypt_verify_outgoing", "experimental", "gossip_lan", "gossip_wan", "http_config", "key_file"],
  ...["leave_on_terminate", "limits", "log_file", "log_json", "log_level", "log_rotate_bytes", "log_rotate_duration"],
  ...["log_rotate_max_files", "max_query_time", "node_id", "node_meta", "node_name", "non_voting_server"],
  ...["performance", "pid_file", "ports", "primary_datacenter", "primary_gateways", "primary_gateways_interval"],
  ...["protocol", "raft_protocol", "raft_snapshot_interval", "raft_snapshot_threshold", "raft_trailing_logs"],
  ...["reconnect_timeout", "reconnect_timeout_wan", "recursors", "rejoin_after_leave", "retry_interval"],
  ...["retry_interval_wan", "retry_join", "retry_join_wan", "retry_max", "retry_max_wan", "rpc", "segment", "segments"],
  ...["serf_lan", "serf_wan", "server", "server_name", "session_ttl_min", "skip_leave_on_interrupt", "start_join"],
  ...["start_join_wan", "syslog_facility", "telemetry", "tls_cipher_suites", "tls_min_version"],
  ...["tls_prefer_server_cipher_suites", "translate_wan_addrs", "ui", "ui_content_path", "ui_dir", "unix_sockets"],
  ...["verify_incoming", "verify_incoming_https", "verify_incoming_rpc", "verify_outgoing", "verify_server_hostname"],
  ...["watches"],
];
