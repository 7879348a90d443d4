import { readFile } from "node:fs/promises";
import type { IncomingMessage, RequestOptions } from "node:http";
import type { AgentAccess } from "./agent-access.ts";

/** What the agent said, whatever its status. */
export type AgentAnswer = { readonly status: number; readonly text: string };

const SOCKET = "unix://";

/**
 * Puts `body`, as JSON, to a path of the agent's HTTP API at `agentUrl`. Files are read anew each time, since a proxy lives longer than
 * its certificates. Rejects when nothing has answered within `timeoutMs`.
 */
export async function putToAgent(
  agentUrl: string,
  access: Omit<AgentAccess, "agentUrl">,
  path: string,
  { body, timeoutMs }: { readonly body?: unknown; readonly timeoutMs: number },
): Promise<AgentAnswer> {
  const { agentServerName, aclToken } = access;
  const socketPath = agentUrl.startsWith(SOCKET) ? agentUrl.slice(SOCKET.length) : undefined;
  const target = new URL(path, socketPath === undefined ? agentUrl : "http://localhost");
  const options: RequestOptions = {
    method: "PUT",
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    headers: aclToken === undefined ? {} : { "X-Consul-Token": aclToken },
    ...(socketPath === undefined ? {} : { socketPath }),
  };
  // Loaded when it is needed, which is twice in a life.
  const answer =
    target.protocol === "https:"
      ? await exchange((await import("node:https")).request, target, body, {
          ...options,
          ...(await certificates(access)),
          ...(agentServerName === undefined ? {} : { servername: agentServerName }),
        })
      : await exchange((await import("node:http")).request, target, body, options);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString().trim() };
}

type Send = typeof import("node:http").request;

function exchange(send: Send, target: URL, body: unknown, options: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = send(target, options, resolve);
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function certificates({ agentCaFile, agentCertFile, agentKeyFile }: AgentAccess) {
  return {
    ...(agentCaFile === undefined ? {} : { ca: await readFile(agentCaFile) }),
    ...(agentCertFile === undefined ? {} : { cert: await readFile(agentCertFile) }),
    ...(agentKeyFile === undefined ? {} : { key: await readFile(agentKeyFile) }),
  };
}
