import type { AgentContext } from "../context.ts";
import type { Answer, ApiRequest, Endpoint } from "../http/endpoint.ts";
import { badRequest } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";
import { logJson, logText } from "../render/log-line.ts";

type Agent = Pick<AgentContext, "logLines"> & { readonly local: Pick<LocalAgent, "closing"> };

/** Consul's names of the levels, in lower case. */
const LEVELS = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  err: "error",
  error: "error",
} as const;

/** The log of this agent as it is written, at a level of the client's choice, until the client goes or the agent ends. */
export function agentMonitorEndpoints(agent: Agent): readonly Endpoint[] {
  return [{ path: "/v1/agent/monitor", methods: { GET: (request) => monitor(agent, request) } }];
}

function monitor({ logLines, local }: Agent, { query }: ApiRequest): Answer {
  const name = query.get("loglevel") || "info";
  const [, level] = Object.entries(LEVELS).find(([known]) => known === name.toLowerCase()) ?? [];
  if (level === undefined) throw badRequest(`Unknown log level: ${name}`);
  const asJson = query.has("logjson");
  const render = asJson ? logJson : logText;
  return {
    status: 200,
    headers: {},
    body: {
      kind: "stream",
      contentType: asJson ? "application/json" : "text/plain; charset=utf-8",
      until: local.closing,
      open: (send) => logLines.listen(level, (line) => send(render(line))),
    },
  };
}
