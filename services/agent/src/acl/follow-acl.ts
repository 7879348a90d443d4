import type { Bus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import type { ServiceContext } from "@causeway/runtime";
import type { AgentConfig } from "../config.ts";
import { Source } from "../source.ts";
import { Acl } from "./acl.ts";
import { AclView } from "./acl-view.ts";

/** Begins to follow the ACL state, or gives undefined where ACLs are not enabled. */
export function followAcl(context: ServiceContext<AgentConfig>, bus: Bus): Acl | undefined {
  const { config, clock, readiness, signal } = context;
  if (!config.aclEnabled) return undefined;
  const view = new AclView({ datacenter: bus.datacenter, defaultPolicy: config.aclDefaultPolicy });
  return new Acl(Source.follow(bus, BUCKETS.acl, view, readiness.task("acl"), signal), config, clock);
}
