import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AclOptions, aclVariables } from "./acl.ts";
import { type BusAccess, busVariables } from "./bus-access.ts";
import type { WaitFor } from "./progress.ts";
import type { Supervisor } from "./supervisor.ts";

/** The services that always own state, each a process. */
const OWNERS = ["catalog", "ca", "intentions", "config-entries", "federation", "kv"] as const;

/** A service that owns state, and what it alone is told. */
export type Owner = { readonly service: string; readonly env: Readonly<Record<string, string>> };

/** The owners of a datacenter's state: that of the ACLs runs where they are on. */
export function ownersOf(acl: AclOptions | undefined): readonly Owner[] {
  const owners = OWNERS.map((service) => ({ service, env: {} }));
  return acl === undefined ? owners : [...owners, { service: "acl", env: managementToken(acl) }];
}

/** Path of a service's program. */
export function programOf(service: string): string {
  return fileURLToPath(import.meta.resolve(`@causeway/${service}/main`));
}

/** How a datacenter's control plane is started. */
export type ControlPlaneOptions = {
  readonly datacenter: string;
  /** The datacenter in which the state of all is written. */
  readonly primary: string;
  readonly bus: BusAccess;
  /** Of the agent; 0 lets the system choose. */
  readonly httpPort: number;
  /** Where its services keep what they know. */
  readonly folder: string;
  readonly node: string | undefined;
  /** Undefined where ACLs are off. */
  readonly acl: AclOptions | undefined;
};

/** The control plane and the agent of one datacenter, which run on this machine. */
export class ControlPlane {
  readonly datacenter: string;
  /** Of the agent. */
  readonly httpUrl: string;
  /** Name of the agent's node. */
  readonly node: string;

  private constructor({ datacenter, httpUrl, node }: Pick<ControlPlane, "datacenter" | "httpUrl" | "node">) {
    this.datacenter = datacenter;
    this.httpUrl = httpUrl;
    this.node = node;
  }

  /** Starts every service at once; resolves when all are ready. Ended with the supervisor. */
  static async start(supervisor: Supervisor, options: ControlPlaneOptions, waitFor: WaitFor): Promise<ControlPlane> {
    const { datacenter, primary, bus, httpPort, folder, node, acl } = options;
    const common = {
      CAUSEWAY_DATACENTER: datacenter,
      CAUSEWAY_PRIMARY_DATACENTER: primary,
      CAUSEWAY_NODE_NAME: node,
      ...aclVariables(acl),
    };
    const start = ({ service, env }: Owner) => {
      const name = `${datacenter}/${service}`;
      const path = programOf(service);
      const own = { ...busVariables(bus, service), CAUSEWAY_DATA_DIR: join(folder, service), ...env };
      return waitFor(name, supervisor.start({ name, path, env: { ...common, ...own } }));
    };
    const owners = ownersOf(acl).map(start);
    const [agent] = await Promise.all([
      start({ service: "agent", env: { CAUSEWAY_HTTP_PORT: String(httpPort), ...agentToken(acl) } }),
      ...owners,
    ]);
    return new ControlPlane({ datacenter, httpUrl: String(agent["url"]), node: String(agent["node"]) });
  }
}

function managementToken({ initialManagementToken: secret }: AclOptions): Record<string, string> {
  return secret === undefined ? {} : { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: secret };
}

/** Where a management token is there from the start, the agent tells of its node by it, until it is given one of its own. */
function agentToken(acl: AclOptions | undefined): Record<string, string> {
  const secret = acl?.initialManagementToken;
  return secret === undefined ? {} : { CAUSEWAY_ACL_AGENT_TOKEN: secret };
}
