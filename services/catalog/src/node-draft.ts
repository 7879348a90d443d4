import { Refusal, type Stored } from "@causeway/bus";
import {
  type CatalogCheck,
  type CatalogNode,
  type CatalogService,
  type InstanceRecord,
  quoted,
  withIndexes,
} from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";
import type { Identified } from "./node-identity.ts";
import type { InstanceNames, InstanceWrite, Plan, Removal } from "./plan.ts";
import { folded, revised } from "./same.ts";

/** An instance while it is worked on. */
type InstanceDraft = {
  readonly stored: readonly Stored<InstanceRecord>[];
  /** Its checks as they were. */
  readonly before: readonly CatalogCheck[];
  service: CatalogService;
  checks: readonly CatalogCheck[];
  changed: boolean;
};

/** One node while a registration is worked into it: only what the registration touches is looked at, and only what changes is kept. */
export class NodeDraft {
  readonly #catalog: CatalogIndex;
  readonly #identified: Identified;
  readonly #instances = new Map<string, InstanceDraft>();
  readonly #left = new Set<string>();
  #nodeChecks: readonly CatalogCheck[];
  #nodeChanged: boolean;

  constructor(catalog: CatalogIndex, identified: Identified) {
    const { stored, node } = identified;
    const known = stored === undefined ? undefined : withIndexes(stored.value, stored.revision);
    this.#catalog = catalog;
    this.#identified = identified;
    this.#nodeChecks = known?.Checks ?? [];
    this.#nodeChanged = known === undefined || revised(node, known.Node) !== known.Node;
  }

  get #node(): CatalogNode {
    return this.#identified.node;
  }

  /** Puts a service on the node, or brings it up to date. Its checks stay, with their present status. */
  putService(service: CatalogService): void {
    const draft = this.#instance(service.ID);
    if (draft === undefined) {
      this.#instances.set(folded(service.ID), { stored: [], before: [], service, checks: [], changed: true });
      return;
    }
    const next = revised(service, draft.service);
    if (next === draft.service) return;
    draft.checks = draft.checks.map((check) =>
      revised({ ...check, ServiceID: next.ID, ServiceName: next.Service }, check),
    );
    draft.service = next;
    draft.changed = true;
  }

  /** Puts a check on the node or on one of its services, wherever a check of this ID was before. */
  putCheck(check: CatalogCheck): void {
    const node = this.#node.Node;
    if (folded(check.Node) !== folded(node)) {
      throw new Refusal(500, `check node ${quoted(check.Node)} does not match node ${quoted(node)}`);
    }
    const owner = check.ServiceID === "" ? undefined : this.#instance(check.ServiceID);
    if (check.ServiceID !== "" && owner === undefined) refuseCheck("Missing service registration", node);
    if (check.CheckID === "") refuseCheck("failed inserting check: object missing primary index", node);
    const previous = this.#previous(check.CheckID, owner);
    const next = revised(
      {
        ...check,
        Node: node,
        ServiceName: owner?.service.Service ?? "",
        ServiceTags: owner?.service.Tags ?? [],
      },
      previous,
    );
    if (owner === undefined) {
      this.#nodeChanged ||= next !== previous;
      this.#nodeChecks = replaced(this.#nodeChecks, next);
    } else {
      owner.changed ||= next !== previous;
      owner.checks = replaced(owner.checks, next);
    }
  }

  /**
   * The check of this ID as it was. Where it moves, its old home keeps it until it is at its new one: it then goes from there by being
   * the older of two, and is not lost if that is interrupted.
   */
  #previous(checkId: string, owner: InstanceDraft | undefined): CatalogCheck | undefined {
    const same = ({ CheckID }: CatalogCheck) => folded(CheckID) === folded(checkId);
    const inPlace = (owner === undefined ? this.#nodeChecks : owner.checks).find(same);
    if (inPlace !== undefined) return inPlace;
    const home = this.#catalog.checkHome(this.#node.Node, checkId);
    if (home === undefined) return undefined;
    if (home.serviceId === "") return this.#nodeChecks.find(same);
    this.#left.add(home.serviceId);
    const draft = this.#instance(home.serviceId);
    const before = draft?.before.find(same);
    // Whatever else changes there, the check that leaves stays the older one.
    if (draft !== undefined && before !== undefined) draft.checks = replaced(draft.checks, before);
    return before;
  }

  #instance(id: string): InstanceDraft | undefined {
    const known = this.#instances.get(folded(id));
    if (known !== undefined) return known;
    const stored = this.#catalog.instancesWithId(this.#node.Node, id);
    const [newest] = stored;
    if (newest === undefined) return undefined;
    const { Service, Checks } = withIndexes(newest.value, newest.revision);
    const draft = { stored, before: Checks, service: Service, checks: Checks, changed: false };
    this.#instances.set(folded(id), draft);
    return draft;
  }

  /** What has to be written. */
  plan(): Plan {
    const { node, stored, renamedFrom } = this.#identified;
    const drafts = [...this.#instances.values()];
    const gone = renamedFrom?.value.Node.Node;
    return {
      node: node.Node,
      ...(this.#nodeChanged
        ? { nodeWrite: { record: { Node: node, Checks: [...this.#nodeChecks] }, revision: stored?.revision ?? 0 } }
        : {}),
      instanceWrites: drafts.filter(({ changed }) => changed).map((draft) => writeOf(draft, node.Node)),
      instanceRemovals: [
        ...drafts.filter(({ changed }) => changed).flatMap((draft) => leftBehind(draft)),
        ...(gone === undefined ? [] : this.#catalog.instancesOn(gone).map(removalOf)),
      ],
      nodeRemovals:
        renamedFrom === undefined ? [] : [{ names: [renamedFrom.value.Node.Node], revision: renamedFrom.revision }],
    };
  }
}

function refuseCheck(reason: string, node: string): never {
  throw new Refusal(500, `failed inserting check: ${reason} on node ${quoted(node)}`);
}

function replaced(checks: readonly CatalogCheck[], next: CatalogCheck): readonly CatalogCheck[] {
  const at = checks.findIndex(({ CheckID }) => folded(CheckID) === folded(next.CheckID));
  return at === -1 ? [...checks, next] : checks.with(at, next);
}

/** The names under which an instance is stored. */
export function namesOfInstance({ value }: Stored<InstanceRecord>): InstanceNames {
  return [value.Service.Service, value.Node.Node, value.Service.ID];
}

/** Takes an instance away. */
export function removalOf(stored: Stored<InstanceRecord>): Removal<InstanceNames> {
  return { names: namesOfInstance(stored), revision: stored.revision };
}

function writeOf({ stored, service, checks }: InstanceDraft, node: string): InstanceWrite {
  const replacedRecord = stored.find((record) => isAt(record, service, node));
  return { service, checks, revision: replacedRecord?.revision ?? 0 };
}

/** Records of an instance under other names than it has now. */
function leftBehind({ stored, service }: InstanceDraft): readonly Removal<InstanceNames>[] {
  return stored.filter((record) => !isAt(record, service, record.value.Node.Node)).map(removalOf);
}

function isAt({ value }: Stored<InstanceRecord>, service: CatalogService, node: string): boolean {
  return value.Service.Service === service.Service && value.Service.ID === service.ID && value.Node.Node === node;
}
