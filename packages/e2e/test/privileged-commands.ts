/** Definition files that commands are given. */
export type Files = {
  readonly service: string;
  readonly sidecar: string;
  readonly gateway: string;
  readonly defaults: string;
};

/** A command, and what its token must be allowed. */
export type PrivilegedCommand = {
  readonly name: string;
  readonly args: (files: Files) => readonly string[];
  /** Rules that are not enough, however much they let do otherwise. */
  readonly lacks: string;
  /** Rules that are just enough. */
  readonly has: string;
  /** How the agent refuses. */
  readonly says: string;
};

const denied = "Permission denied";

/** What `causeway connect` needs to learn where the bus is. */
export const READ_AGENTS = 'agent_prefix "" { policy = "read" }';
/** What the documents let every gateway read. */
export const READ_ALL = `service_prefix "" { policy = "read" } node_prefix "" { policy = "read" } ${READ_AGENTS}`;
/** Rules that let write these services. */
export const write = (...services: readonly string[]) =>
  services.map((name) => `service "${name}" { policy = "write" }`).join(" ");

/** Commands that change or show something, each with its privilege. */
export const COMMANDS: readonly PrivilegedCommand[] = [
  {
    name: "services register",
    args: ({ service }) => ["services", "register", service],
    lacks: 'service "s" { policy = "read" }',
    has: write("s"),
    says: `(${denied}: Missing service:write on s)`,
  },
  {
    name: "services register with a sidecar",
    args: ({ sidecar }) => ["services", "register", sidecar],
    lacks: write("t"),
    has: write("t", "t-sidecar-proxy"),
    says: `(${denied}: Missing service:write on t-sidecar-proxy)`,
  },
  {
    name: "config write of a gateway",
    args: ({ gateway }) => ["config", "write", gateway],
    lacks: `operator = "read" ${write("g", "s")}`,
    has: 'operator = "write"',
    says: `(${denied})`,
  },
  {
    name: "config write of a service",
    args: ({ defaults }) => ["config", "write", defaults],
    lacks: 'operator = "write" service "s" { policy = "read" }',
    has: write("s"),
    says: `(${denied})`,
  },
  {
    name: "intention create",
    args: () => ["intention", "create", "-replace", "-allow", "s", "t"],
    lacks: write("t"),
    has: 'service "t" { policy = "read" intentions = "write" }',
    says: `(${denied})`,
  },
  {
    name: "intention create for all",
    args: () => ["intention", "create", "-replace", "-deny", "*", "*"],
    lacks: 'service "t" { policy = "read" intentions = "write" }',
    has: 'service_prefix "" { policy = "read" intentions = "write" }',
    says: `(${denied})`,
  },
  {
    name: "kv put",
    args: () => ["kv", "put", "app/colour", "blue"],
    lacks: 'key_prefix "app" { policy = "read" }',
    has: 'key_prefix "app/" { policy = "write" }',
    says: `(${denied})`,
  },
  {
    name: "kv get",
    args: () => ["kv", "get", "app/colour"],
    lacks: 'key_prefix "other" { policy = "write" }',
    has: 'key "app/colour" { policy = "read" }',
    says: `(${denied})`,
  },
  {
    name: "connect ca get-config",
    args: () => ["connect", "ca", "get-config"],
    lacks: READ_ALL,
    has: 'operator = "read"',
    says: `(${denied})`,
  },
  {
    name: "acl token list",
    args: () => ["acl", "token", "list"],
    lacks: 'operator = "write"',
    has: 'acl = "read"',
    says: `(${denied})`,
  },
  {
    name: "acl token create",
    args: () => ["acl", "token", "create", "-service-identity", "s"],
    lacks: 'acl = "read"',
    has: 'acl = "write"',
    says: `(${denied})`,
  },
];
