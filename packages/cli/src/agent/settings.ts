/** How TLS is done, in the keys that Consul has had since 1.12. */
type Tls = {
  readonly ca_file?: string;
  readonly ca_path?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
  readonly verify_incoming?: boolean;
};

/** The settings that mean something here, as `decodeSettings` and flags give them. */
export type AgentSettings = Tls & {
  readonly acl?: {
    readonly enabled?: boolean;
    readonly default_policy?: string;
    readonly down_policy?: string;
    readonly enable_token_persistence?: boolean;
    readonly tokens?: {
      readonly agent?: string;
      readonly default?: string;
      readonly initial_management?: string;
      readonly master?: string;
    };
  };
  readonly acl_agent_token?: string;
  readonly acl_datacenter?: string;
  readonly acl_default_policy?: string;
  readonly acl_down_policy?: string;
  readonly acl_master_token?: string;
  readonly acl_token?: string;
  readonly addresses?: { readonly http?: string; readonly https?: string };
  readonly advertise_addr?: string;
  readonly bind_addr?: string;
  readonly client_addr?: string;
  readonly connect?: {
    readonly enabled?: boolean;
    readonly ca_provider?: string;
    readonly ca_config?: Readonly<Record<string, unknown>>;
  };
  readonly data_dir?: string;
  readonly datacenter?: string;
  readonly enable_local_script_checks?: boolean;
  readonly enable_script_checks?: boolean;
  readonly leave_on_terminate?: boolean;
  readonly log_level?: string;
  readonly node_id?: string;
  readonly node_meta?: Readonly<Record<string, string>>;
  readonly node_name?: string;
  readonly pid_file?: string;
  readonly ports?: { readonly http?: number; readonly https?: number };
  readonly primary_datacenter?: string;
  readonly reconnect_timeout?: string;
  readonly server?: boolean;
  readonly skip_leave_on_interrupt?: boolean;
  readonly telemetry?: { readonly prometheus_retention_time?: unknown };
  readonly tls?: { readonly defaults?: Tls; readonly https?: Tls };
  readonly unix_sockets?: { readonly mode?: string };
  readonly verify_incoming_https?: boolean;
};
