import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AclOptions, aclVariables } from "./acl.ts";
import type { WaitFor } from "./progress.ts";
import type { Supervisor } from "./supervisor.ts";

/** The services that own state, each a process. */
const OWNERS = ["catalog", "ca", "intentions", "config-entries", "federation", "kv"] as const;

/** How a datacenter's control plane is started. */
export type ControlPlaneOptions = {
  readonly datacenter: string;
  /** The datacenter in which the state of all is written. */
  readonly primary: string;
  readonly natsUrl: string;
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

  private constructor(datacenter: string, httpUrl: string) {
    this.datacenter = datacenter;
    this.httpUrl = httpUrl;
  }

  /** Starts every service at once; resolves when all are ready. Ended with the supervisor. */
  static async start(supervisor: Supervisor, options: ControlPlaneOptions, waitFor: WaitFor): Promise<ControlPlane> {
    const { datacenter, primary, natsUrl, httpPort, folder, node, acl } = options;
    const common = {
      CAUSEWAY_NATS_URL: natsUrl,
      CAUSEWAY_DATACENTER: datacenter,
      CAUSEWAY_PRIMARY_DATACENTER: primary,
      CAUSEWAY_NODE_NAME: node,
      ...aclVariables(acl),
    };
    const start = (service: string, env: Record<string, string> = {}) => {
      const name = `${datacenter}/${service}`;
      const path = fileURLToPath(import.meta.resolve(`@causeway/${service}/main`));
      const dataDir = join(folder, service);
      return waitFor(name, supervisor.start({ name, path, env: { ...common, CAUSEWAY_DATA_DIR: dataDir, ...env } }));
    };
    const owners = OWNERS.map((service) => start(service));
    if (acl !== undefined) owners.push(start("acl", managementToken(acl)));
    const [agent] = await Promise.all([start("agent", { CAUSEWAY_HTTP_PORT: String(httpPort) }), ...owners]);
    return new ControlPlane(datacenter, String(agent["url"]));
  }
}

function managementToken({ initialManagementToken: secret }: AclOptions): Record<string, string> {
  return secret === undefined ? {} : { CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN: secret };
}
