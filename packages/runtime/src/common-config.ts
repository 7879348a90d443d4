import { hostname } from "node:os";
import { type Static, Type } from "@causeway/model";

/** How much a service writes to its log. */
export const LogLevel = Type.Union(
  [
    Type.Literal("trace"),
    Type.Literal("debug"),
    Type.Literal("info"),
    Type.Literal("warn"),
    Type.Literal("error"),
    Type.Literal("fatal"),
  ],
  {
    default: "info",
    description: "Least important level that is logged; of its start a process always tells what is of level info.",
  },
);
export type LogLevel = Static<typeof LogLevel>;

/** What every service can be told, whatever it does. */
export const CommonConfig = Type.Object({
  natsUrl: Type.String({
    default: "nats://127.0.0.1:4222",
    description: "NATS server, or several separated by commas.",
  }),
  natsNkeyFile: Type.Optional(
    Type.String({
      description: "File of the seed that this process shows to NATS: <service>.nk of `causeway bus init`.",
    }),
  ),
  natsCaFile: Type.Optional(
    Type.String({
      description: "File of the CAs by which NATS servers are checked; with it nothing is sent to one without TLS.",
    }),
  ),
  natsCredentialsFile: Type.Optional(
    Type.String({ description: "File of NATS user credentials, where the servers know users by JWT." }),
  ),
  natsUser: Type.Optional(Type.String({ description: "Name of the NATS user, where the servers ask for a password." })),
  natsPassword: Type.Optional(Type.String({ secret: true, description: "The password of that user." })),
  natsCertFile: Type.Optional(
    Type.String({ description: "File of the certificate to show, where NATS servers ask clients for one." }),
  ),
  natsKeyFile: Type.Optional(Type.String({ description: "File of its private key." })),
  datacenter: Type.String({
    default: "dc1",
    pattern: "^[a-z0-9_-]+$",
    description: "Datacenter that this process belongs to.",
  }),
  primaryDatacenter: Type.Optional(
    Type.String({
      pattern: "^[a-z0-9_-]+$",
      description:
        "Datacenter in which the state of all is written: config entries, intentions, the CA's roots; this one unless set.",
    }),
  ),
  nodeName: Type.String({ default: hostname(), minLength: 1, description: "Name of the machine in the catalog." }),
  adminAddress: Type.String({
    default: "127.0.0.1",
    description: "Address of the admin server. It asks for no credentials: leave it on loopback or behind a firewall.",
  }),
  adminPort: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65_535,
    description: "Port of the admin server; 0 lets the system choose one, which the log line `ready` tells.",
  }),
  logLevel: LogLevel,
  logFormat: Type.Optional(
    Type.Union([Type.Literal("json"), Type.Literal("text")], {
      description: "How log lines are written; text on a terminal and json elsewhere unless set.",
    }),
  ),
  dataDir: Type.Optional(Type.String({ description: "Folder for what this process keeps on disk." })),
  drainTimeoutMs: Type.Integer({
    default: 30_000,
    minimum: 0,
    maximum: 86_400_000,
    description: "How long work in progress may take to finish after SIGTERM.",
  }),
  exitWithParent: Type.Integer({
    default: 0,
    minimum: 0,
    description: "1: stop when the parent process is gone; above 1: stop when it is no longer the process of this id.",
  }),
});
export type CommonConfig = Static<typeof CommonConfig>;
