import { join } from "node:path";
import type { Bus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { ServiceContext } from "@causeway/runtime";
import type { AgentConfig } from "../config.ts";
import { Source } from "../source.ts";
import { Acl } from "./acl.ts";
import { AclView } from "./acl-view.ts";
import { OwnTokens } from "./own-tokens.ts";

/** Begins to follow the ACL state, or gives undefined where ACLs are not enabled. Throws an Error that names a file of tokens it cannot read. */
export async function followAcl(context: ServiceContext<AgentConfig>, bus: Bus): Promise<Acl | undefined> {
  const { config, clock, log, readiness, signal } = context;
  if (!config.aclEnabled) return undefined;
  const { aclDefaultToken, aclAgentToken, aclEnableTokenPersistence, dataDir } = config;
  const own = await OwnTokens.open({
    configured: {
      ...(aclDefaultToken === undefined ? {} : { default: aclDefaultToken }),
      ...(aclAgentToken === undefined ? {} : { agent: aclAgentToken }),
    },
    path: aclEnableTokenPersistence && dataDir !== undefined ? join(dataDir, "acl-tokens.json") : undefined,
    log,
  });
  const view = new AclView({ datacenter: bus.datacenter, defaultPolicy: config.aclDefaultPolicy });
  return new Acl(Source.follow(bus, BUCKETS.acl, view, readiness.task("acl"), signal), own, config, clock);
}
