import { type Static, Type } from "@causeway/model";

/** What the agent can be told besides `CommonConfig`. */
export const AgentConfig = Type.Object({
  httpAddress: Type.Array(Type.String({ minLength: 1 }), {
    default: ["127.0.0.1"],
    description:
      "Addresses of the HTTP API, or unix:// and the path of a socket. Without ACLs it asks for no credentials: leave it on loopback then.",
  }),
  httpPort: Type.Integer({
    default: 8500,
    minimum: -1,
    maximum: 65_535,
    description: "Port of the HTTP API; 0 lets the system choose one, which the log line `ready` tells; -1 is no HTTP.",
  }),
  httpsAddress: Type.Array(Type.String({ minLength: 1 }), {
    default: ["127.0.0.1"],
    description: "The same for HTTPS.",
  }),
  httpsPort: Type.Integer({
    default: -1,
    minimum: -1,
    maximum: 65_535,
    description: "Port of the HTTP API over TLS; 0 lets the system choose one; -1 is no HTTPS.",
  }),
  httpSocketMode: Type.Optional(
    Type.String({ pattern: "^[0-7]{3,4}$", description: "Permissions of such sockets, in octal: 0660." }),
  ),
  tlsCertFile: Type.Optional(Type.String({ description: "File of the certificate that HTTPS shows." })),
  tlsKeyFile: Type.Optional(Type.String({ description: "File of its private key." })),
  tlsCaFile: Type.Optional(Type.String({ description: "File of the CAs by which clients are checked." })),
  tlsCaPath: Type.Optional(Type.String({ description: "Folder of such files." })),
  tlsVerifyIncoming: Type.Boolean({
    default: false,
    description: "Whether clients of HTTPS must show a certificate of one of these CAs.",
  }),
  aclEnabled: Type.Boolean({
    default: false,
    description: "Whether requests need a token for what they ask, by the rules that the service acl keeps.",
  }),
  aclDefaultPolicy: Type.Enum(["allow", "deny"], {
    default: "allow",
    description: "What holds where no rule does; ACLs themselves are never allowed by it.",
  }),
  aclDownPolicy: Type.Enum(["extend-cache", "async-cache", "allow", "deny"], {
    default: "extend-cache",
    description:
      "What holds while the ACL state has never been read: the first two refuse to answer. Once read, it holds however long NATS is away.",
  }),
  aclDefaultToken: Type.Optional(
    Type.String({
      secret: true,
      description: "Secret of the token of requests that show none; the anonymous one unless set.",
    }),
  ),
  aclAgentToken: Type.Optional(
    Type.String({
      secret: true,
      description: "Secret of the token by which the agent tells of its own node; the default one unless set.",
    }),
  ),
  aclEnableTokenPersistence: Type.Boolean({
    default: false,
    description: "Whether tokens that are set while the agent runs are kept in its data folder.",
  }),
  advertiseAddress: Type.String({
    default: "127.0.0.1",
    description:
      "IP address of this machine in the catalog: where others reach services that have no address of their own.",
  }),
  nodeId: Type.Optional(
    Type.String({
      pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
      description: "UUID of this machine's node; made once and kept in the data folder unless set.",
    }),
  ),
  nodeMeta: Type.Record(Type.String(), Type.String(), {
    default: {},
    description: "Metadata of this machine's node.",
  }),
  httpMaxBodyBytes: Type.Integer({
    default: 1_048_576,
    minimum: 1_024,
    description: "Longest request body that the HTTP API reads.",
  }),
  configDir: Type.Optional(
    Type.Array(Type.String(), { description: "Folders of service and check definitions (.hcl, .json)." }),
  ),
  configFile: Type.Optional(Type.Array(Type.String(), { description: "Files of such definitions, read after those." })),
  enableScriptChecks: Type.Boolean({
    default: false,
    description: "Whether checks may run programs, also for those who register them over HTTP: they run as this user.",
  }),
  enableLocalScriptChecks: Type.Boolean({
    default: false,
    description: "Whether checks of definition files may run programs.",
  }),
  beatIntervalMs: Type.Integer({
    default: 2_000,
    minimum: 50,
    maximum: 600_000,
    description:
      "How often the agent says that it is alive. The catalog takes it for failed, with all that is on its node, when it has missed five.",
  }),
  leaveOnTerminate: Type.Boolean({
    default: false,
    description:
      "Whether SIGTERM takes this node out of the catalog, with all that is on it; otherwise it counts as failed until the agent is back.",
  }),
  skipLeaveOnInterrupt: Type.Boolean({ default: true, description: "Whether SIGINT does not do so." }),
  checkUpdateIntervalMs: Type.Integer({
    default: 300_000,
    minimum: 0,
    description:
      "How long the catalog may show an older output of a check whose status is the same; 0 tells each output at once.",
  }),
  prometheusRetentionSeconds: Type.Integer({
    default: 0,
    minimum: 0,
    description: "Above 0: /v1/agent/metrics?format=prometheus answers, as with Consul's prometheus_retention_time.",
  }),
});
export type AgentConfig = Static<typeof AgentConfig>;
