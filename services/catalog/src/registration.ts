import { Refusal } from "@causeway/bus";
import {
  type CatalogCheck,
  type CatalogNode,
  type CatalogService,
  errorList,
  type RegisterRequest,
  type ServiceRegistration,
  serviceProblems,
} from "@causeway/model";
import { readCheck } from "./check-definition.ts";
import { readService } from "./service-definition.ts";

/** A registration with every default filled in; its indexes are all 0. */
export type Registration = {
  readonly node: CatalogNode;
  /** A node that exists stays as it is. */
  readonly skipNodeUpdate: boolean;
  readonly service: CatalogService | undefined;
  readonly checks: readonly CatalogCheck[];
};

/** What Consul's servers answer when they refuse a registration. */
const REFUSED = 500;

/**
 * Reads a registration, or throws a Refusal with the text of the first rule that it breaks.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/catalog#register-entity
 */
export function readRegistration(request: RegisterRequest, datacenter: string): Registration {
  if (hasPeerName(request)) throw new Refusal(REFUSED, "cannot register requests with PeerName in them");
  const node = readNode(request, datacenter);
  const service = request.Service ? checkedService(request.Service) : undefined;
  const checks = [...(request.Checks ?? []), ...(request.Check ? [request.Check] : [])];
  return {
    node,
    skipNodeUpdate: request.SkipNodeUpdate ?? false,
    service,
    checks: checks.map((check) => readCheck(check, node.Node)),
  };
}

function hasPeerName({ PeerName, Service, Check, Checks }: RegisterRequest): boolean {
  return [PeerName, Service?.PeerName, Check?.PeerName, ...(Checks ?? []).map((check) => check.PeerName)].some(Boolean);
}

function readNode(request: RegisterRequest, datacenter: string): CatalogNode {
  if (!request.Node) throw new Refusal(REFUSED, "Must provide node");
  if (request.ID) refuseBadUuid(request.ID);
  if (!request.Address && !request.SkipNodeUpdate) {
    throw new Refusal(REFUSED, "Must provide address if SkipNodeUpdate is not set");
  }
  return {
    ID: request.ID ?? "",
    Node: request.Node,
    Address: request.Address ?? "",
    Datacenter: datacenter,
    TaggedAddresses: request.TaggedAddresses ?? null,
    Meta: request.NodeMeta ?? null,
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

const UUID_LENGTH = 36;
const DASHED = /^.{8}-.{4}-.{4}-.{4}-.{12}$/;

function refuseBadUuid(id: string): void {
  const problem =
    id.length !== UUID_LENGTH
      ? "uuid string is wrong length"
      : DASHED.test(id)
        ? badHexadecimal(id)
        : "uuid is improperly formatted";
  if (problem !== undefined) throw new Refusal(REFUSED, `Bad node ID: ${problem}`);
}

function badHexadecimal(id: string): string | undefined {
  const [wrong] = /[^0-9a-fA-F-]/.exec(id) ?? [];
  if (wrong === undefined) return undefined;
  const code = wrong.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `encoding/hex: invalid byte: U+${code} '${wrong}'`;
}

function checkedService(service: ServiceRegistration): CatalogService {
  const problems = serviceProblems(service);
  if (problems.length > 0) throw new Refusal(REFUSED, errorList(problems));
  if (!service.Service) {
    const text = service.ID ? "Must provide service name with ID" : "Must provide service name (Service.Service)";
    throw new Refusal(REFUSED, text);
  }
  if (["0.0.0.0", "::", "[::]"].includes(service.Address ?? "")) throw new Refusal(REFUSED, "Invalid service address");
  return readService(service, service.Service);
}
