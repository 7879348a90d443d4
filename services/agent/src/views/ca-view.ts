import type { Change } from "@causeway/bus";
import { type CaRoots, withIndexes } from "@causeway/model";
import { Topics } from "./topics.ts";

/** The topic of the CA's roots. */
export const ROOTS_TOPIC = "roots";

/** The roots that the mesh trusts. */
export class CaView {
  readonly topics = new Topics();
  #roots: CaRoots | undefined;

  /** Undefined until the CA has made its first root. */
  get roots(): CaRoots | undefined {
    return this.#roots;
  }

  get begun(): boolean {
    return this.#roots !== undefined;
  }

  /** Takes in one change of the bucket `ca-roots`. */
  apply({ kind, revision, record }: Change<unknown>): void {
    if (kind !== "roots") return;
    const roots = record?.value as CaRoots | undefined;
    this.#roots = roots && withIndexes(roots, revision);
    this.topics.changed(ROOTS_TOPIC, revision);
  }
}
