import type { Logger } from "@causeway/runtime";
import type { Subject } from "./local-snapshot.ts";

/** What is done to something in the catalog. */
export type SyncAct = "registration" | "deregistration";

/**
 * What the catalog has refused to this agent for want of a privilege: it counts as in step until all is compared again, or until it is
 * registered here anew. So each refusal is told once in a while, and holds up nothing else.
 *
 * @see https://developer.hashicorp.com/consul/docs/architecture/anti-entropy
 */
export class Blocked {
  readonly #subjects = new Set<Subject>();
  readonly #log: Pick<Logger, "warn">;
  readonly #node: string;

  constructor(log: Pick<Logger, "warn">, node: string) {
    this.#log = log;
    this.#node = node;
  }

  has(subject: Subject): boolean {
    return this.#subjects.has(subject);
  }

  /** Blocks all of these, and tells of it in Consul's words; the token is told by its AccessorID. */
  add(subjects: readonly Subject[], act: SyncAct, accessorID: string): void {
    for (const subject of subjects) this.#subjects.add(subject);
    const services = subjects.filter((subject) => subject.startsWith("service "));
    // The checks that go with a service are told by it.
    for (const subject of services.length > 0 ? services : subjects) {
      const [kind, id] = partsOf(subject);
      if (kind === "node") this.#log.warn({ node: this.#node, accessorID }, "Node info update blocked by ACLs");
      else
        this.#log.warn(
          { [kind]: id, accessorID },
          `${kind === "service" ? "Service" : "Check"} ${act} blocked by ACLs`,
        );
    }
  }

  delete(subject: Subject): void {
    this.#subjects.delete(subject);
  }

  clear(): void {
    this.#subjects.clear();
  }
}

function partsOf(subject: Subject): readonly [kind: string, id: string] {
  const space = subject.indexOf(" ");
  return space === -1 ? [subject, ""] : [subject.slice(0, space), subject.slice(space + 1)];
}
