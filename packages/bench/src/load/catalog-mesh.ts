import type { Mesh } from "@causeway/e2e";
import { usageOf, whenIdle } from "../process-usage.ts";
import { loadedCheck, loadedNode, loadedService } from "./catalog-loader.ts";

/** What is done to the catalog over and over. */
export const OPERATIONS = ["register", "update", "deregister", "list"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The processes that a change passes through. */
export const PROCESSES = ["agent", "catalog", "NATS"] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** The gateway that is started, and how many services it is linked to. */
export const GATEWAY = "measured-gateway";
export const LINKED_SERVICES = 10;

/** Changes are made beside these many instances, which there are at every size. */
const EVERYWHERE = 200;

/** A prime, so that what is that far apart comes to all instances in time. */
const STRIDE = 7_919;

/** A mesh whose catalog is loaded, as this part speaks with it. */
export class CatalogMesh {
  readonly mesh: Mesh;
  /** How many instances are loaded. */
  readonly size: number;
  readonly #monitor: string;
  readonly #pid: Readonly<Record<ProcessName, number>>;

  /** @param monitorPort - where the mesh's NATS server tells of itself. */
  constructor(mesh: Mesh, size: number, monitorPort: number) {
    this.mesh = mesh;
    this.size = size;
    this.#pid = { agent: mesh.pid("agent"), catalog: mesh.pid("catalog"), NATS: mesh.nats.pid };
    this.#monitor = `http://127.0.0.1:${monitorPort}/varz`;
  }

  /** Resolves when no process that a change passes through has anything left to do. */
  async settle(): Promise<void> {
    await Promise.all(PROCESSES.map((name) => whenIdle(this.#pid[name])));
  }

  /** What the processes that a change passes through have used so far, and the messages that NATS took in and gave out. */
  async counts() {
    const [agent, catalog, nats] = await Promise.all([
      usageOf(this.#pid.agent),
      usageOf(this.#pid.catalog),
      usageOf(this.#pid.NATS),
    ]);
    const { in_msgs, out_msgs } = (await (await fetch(this.#monitor)).json()) as Record<"in_msgs" | "out_msgs", number>;
    return { agent, catalog, NATS: nats, messages: in_msgs + out_msgs };
  }

  /**
   * Registers, deregisters or lists, always among the loaded services that there are at every size; or updates: the check of a loaded
   * instance says something else, each time of another one, which may have been loaded long ago.
   */
  async perform(operation: Operation, n: number): Promise<void> {
    const { agent } = this.mesh;
    const ID = `changing-${n}`;
    const beside = n % EVERYWHERE;
    switch (operation) {
      case "register": {
        const Check = { CheckID: `service:${ID}`, Name: ID, Status: "passing", ServiceID: ID };
        const Service = { ID, Service: loadedService(beside), Port: 8080 };
        return agent.put("/v1/catalog/register", {
          Node: loadedNode(beside),
          Address: "10.0.0.1",
          SkipNodeUpdate: true,
          Service,
          Check,
        });
      }
      case "update": {
        const instance = (n * STRIDE) % this.size;
        const Node = loadedNode(instance);
        const Check = { Node, ...loadedCheck(instance), Output: `update ${n}` };
        return agent.put("/v1/catalog/register", { Node, Address: "10.0.0.1", SkipNodeUpdate: true, Check });
      }
      case "deregister":
        return agent.put("/v1/catalog/deregister", { Node: loadedNode(beside), ServiceID: ID });
      case "list":
        await agent.get(`/v1/health/service/${loadedService(0)}?passing`);
    }
  }

  /** Links the gateway to the first of the loaded services. */
  async linkGateway(): Promise<void> {
    const Services = Array.from({ length: LINKED_SERVICES }, (_, index) => ({ Name: `loaded-${index}` }));
    await this.mesh.agent.writeEntry({ Kind: "terminating-gateway", Name: GATEWAY, Services });
    await this.settle();
  }
}

/** A value of each process that a change passes through. */
export function byProcess(find: (name: ProcessName) => number): Record<ProcessName, number> {
  return { agent: find("agent"), catalog: find("catalog"), NATS: find("NATS") };
}
