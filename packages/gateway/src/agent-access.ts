import { Type } from "@causeway/model";

/** How a proxy reaches the agent that it is registered with, and how it leaves; `causeway connect` sets all but the last. */
export const AGENT_FIELDS = {
  agentUrl: Type.Optional(
    Type.String({
      pattern: "^(https?|unix)://",
      description:
        "Agent that this proxy is registered with, http://…, https://… or unix://…: on SIGTERM it is told to advertise the proxy no more.",
    }),
  ),
  agentCaFile: Type.Optional(
    Type.String({ description: "File of the CAs by which an agent on https is checked; those of Node unless set." }),
  ),
  agentCertFile: Type.Optional(
    Type.String({ description: "File of the certificate to show to an agent that asks for one." }),
  ),
  agentKeyFile: Type.Optional(Type.String({ description: "File of its private key." })),
  agentServerName: Type.Optional(
    Type.String({ description: "Name that the agent's certificate is for, if not that of its address." }),
  ),
  drainSpreadMs: Type.Integer({
    default: 1_000,
    minimum: 0,
    maximum: 600_000,
    description:
      "How long this proxy goes on accepting after the catalog has ceased to advertise it, until all who dial it have heard; a part of CAUSEWAY_DRAIN_TIMEOUT_MS. 0: it stops accepting at once, and stays advertised.",
  }),
};

/** What `AGENT_FIELDS` were set to, as far as the agent is concerned. */
export type AgentAccess = {
  readonly agentUrl?: string;
  readonly agentCaFile?: string;
  readonly agentCertFile?: string;
  readonly agentKeyFile?: string;
  readonly agentServerName?: string;
  readonly aclToken?: string;
};
