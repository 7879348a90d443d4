import { isDeepStrictEqual } from "node:util";
import type { Authorizer } from "@causeway/bus";
import type { CatalogOperation, CatalogTransacted, DeregisterRequest, RegisterRequest } from "@causeway/model";
import type { CatalogIndex } from "./catalog-index.ts";

/** What is there already, which bears on who may change it. */
export type Known = Pick<CatalogIndex, "instancesOn" | "node">;

/**
 * Whether somebody may register all of this. A node may be named by whoever registers a service on it, as long as what is said of the node
 * is nothing new; a proxy stands for its destination.
 */
export function mayRegister(authorizer: Authorizer, known: Known, request: RegisterRequest): boolean {
  if (changesNode(known, request) && !authorizer.may("node:write", request.Node ?? "")) return false;
  return mayWriteParts(authorizer, known, request);
}

/** Whether somebody may write the service and the checks of a registration. */
function mayWriteParts(authorizer: Authorizer, known: Known, request: RegisterRequest): boolean {
  const { Service } = request;
  const node = request.Node ?? "";
  if (Service) {
    const name = Service.Service ?? "";
    const names = [name, nameOf(known, node, Service.ID || name) ?? name];
    if (Service.Kind === "connect-proxy") names.push(Service.Proxy?.DestinationServiceName ?? "");
    if (!names.every((each) => authorizer.may("service:write", each))) return false;
  }
  return [...(request.Checks ?? []), ...(request.Check ? [request.Check] : [])].every((check) => {
    const of = check.Node || node;
    if (of !== node && !authorizer.may("node:write", of)) return false;
    const id = check.ServiceID ?? "";
    const own = Service && id === (Service.ID || Service.Service) ? (Service.Service ?? "") : undefined;
    const service = id === "" ? undefined : (own ?? nameOf(known, node, id));
    return service === undefined ? authorizer.may("node:write", node) : authorizer.may("service:write", service);
  });
}

/** Whether somebody may take this away: whoever may write a node may take away all that is on it. */
export function mayDeregister(authorizer: Authorizer, known: Known, request: DeregisterRequest): boolean {
  const node = request.Node ?? "";
  if (authorizer.may("node:write", node)) return true;
  const { ServiceID, CheckID } = request;
  const found = known.instancesOn(node).find(({ value: { Service, Checks } }) => {
    return ServiceID ? Service.ID === ServiceID : Checks.some((check) => check.CheckID === CheckID);
  });
  return found !== undefined && authorizer.may("service:write", found.value.Service.Service);
}

/** The operations of a transaction that may not be done, in Consul's words; undefined when all may. */
export function deniedOf(
  authorizer: Authorizer,
  known: Known,
  operations: readonly CatalogOperation[],
): CatalogTransacted["Errors"] | undefined {
  const denied = operations.flatMap((operation, OpIndex) => {
    return mayDo(authorizer, known, operation) ? [] : [{ OpIndex, What: "Permission denied" }];
  });
  return denied.length === 0 ? undefined : denied;
}

function mayDo(authorizer: Authorizer, known: Known, { Verb, Part, Registration }: CatalogOperation): boolean {
  const verb = Verb.toLowerCase();
  // Told to whoever asks in the end, which leaves out what they may not see.
  if (verb === "get") return true;
  const { Node = "", Service = null, Check = null } = Registration;
  if (Part === "Node") return authorizer.may("node:write", Node ?? "");
  if (verb === "delete" || verb === "delete-cas") {
    const which =
      Part === "Service" ? { ServiceID: Service?.ID || (Service?.Service ?? "") } : { CheckID: Check?.CheckID ?? "" };
    return mayDeregister(authorizer, known, { Node, ...which });
  }
  return mayWriteParts(authorizer, known, { Node, Service, Check });
}

function nameOf(known: Known, node: string, id: string): string | undefined {
  return known.instancesOn(node).find(({ value }) => value.Service.ID === id)?.value.Service.Service;
}

function changesNode(known: Known, request: RegisterRequest): boolean {
  const there = known.node(request.Node ?? "")?.value.Node;
  if (there === undefined) return true;
  if (request.SkipNodeUpdate === true) return false;
  const said = [request.ID || there.ID, request.Address ?? "", request.NodeMeta ?? {}, request.TaggedAddresses ?? {}];
  return !isDeepStrictEqual(said, [there.ID, there.Address, there.Meta ?? {}, there.TaggedAddresses ?? {}]);
}
