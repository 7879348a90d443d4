import { Type } from "@causeway/model";

/** What every proxy can be told, whichever kind it is. */
export const ProxyConfig = Type.Object({
  service: Type.String({ minLength: 1, description: "Name under which this proxy is registered in the catalog." }),
  proxyId: Type.Optional(
    Type.String({ minLength: 1, description: "ID of this proxy's own instance; the service's name unless set." }),
  ),
  node: Type.Optional(
    Type.String({ minLength: 1, description: "Node on which it is registered; CAUSEWAY_NODE_NAME unless set." }),
  ),
  aclToken: Type.Optional(
    Type.String({
      secret: true,
      description:
        "Secret of the token by which leaves are asked for, where ACLs are enabled: it needs service:write on each service that this proxy stands for.",
    }),
  ),
  engine: Type.Union([Type.Literal("auto"), Type.Literal("stream"), Type.Literal("splice")], {
    default: "auto",
    description:
      "What carries connections: stream, Node's sockets and TLS; splice, the kernel and OpenSSL in threads (Linux only), but not where HTTP is watched; auto, splice where it works.",
  }),
  workers: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description:
      "Threads that splice connections, each with its own socket of every listener. The stream engine has one thread.",
  }),
  sharePorts: Type.Boolean({
    default: false,
    description:
      "Whether the next process of this proxy may listen where this one does, so that it is replaced without a connection refused or reset: start the next, then end this one. Otherwise an address that another process has is told as taken.",
  }),
  watchHttp: Type.Boolean({
    default: true,
    description:
      "Whether each request of a service that is declared to speak HTTP is written down and linked with its trace, for which such listeners are for the stream engine. Otherwise all that a splice engine can carry is for that.",
  }),
  sealKeyFile: Type.Optional(
    Type.String({
      description:
        "File of the key that leaf keys on disk are sealed with; made where there is none. seal.key in the data folder unless set.",
    }),
  ),
});
