import { DefinitionError } from "@causeway/definitions";
import { type Answer, type Endpoint, empty } from "../http/endpoint.ts";
import { answered } from "../http/errors.ts";
import type { LocalAgent } from "../local/local-agent.ts";

type Agent = { readonly local: Pick<LocalAgent, "reload"> };

/** Lets the agent read its definition files again. */
export function agentReloadEndpoints({ local }: Agent): readonly Endpoint[] {
  return [{ path: "/v1/agent/reload", methods: { PUT: () => reload(local) } }];
}

async function reload(local: Agent["local"]): Promise<Answer> {
  try {
    await local.reload();
  } catch (error) {
    if (error instanceof DefinitionError) throw answered(500, error.message);
    throw error;
  }
  return empty();
}
