import {
  CHECK_STATUSES,
  type CheckStatus,
  errorList,
  registeredMetaProblem,
  type ServiceRegistration,
  serviceProblems,
} from "@causeway/model";
import { answered } from "../http/errors.ts";
import { checkOf, checkProblem, isScript } from "./check-definition.ts";
import type { LocalCheck, LocalService } from "./local-service.ts";
import type { LocalSnapshot } from "./local-state.ts";
import type { CheckRequest, ServiceRequest, SidecarRequest } from "./registration-shapes.ts";
import { serviceOf } from "./service-definition.ts";
import { expandSidecar, sidecarId } from "./sidecar-expansion.ts";

/** What a registration adds: the service, its sidecar if it has one, and their checks. */
export type Registration = { readonly services: readonly LocalService[]; readonly checks: readonly LocalCheck[] };

/** Consul's text for a program that somebody wants to be run from afar. */
const SCRIPTS_DISABLED =
  "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true";

const ANY_ADDRESS = ["0.0.0.0", "::", "[::]"];

/**
 * Reads a service registration: what it adds to this agent.
 *
 * @throws ApiError with Consul's status and text for whatever Consul refuses.
 */
export function registrationOf(request: ServiceRequest, local: LocalSnapshot, node: string): Registration {
  refuseBadService(request);
  const checks = checksIn(request);
  refuseBadChecks(checks);
  const service = serviceOf(request);
  const own = { services: [service], checks: localChecks(service, checks, node) };
  const sidecar = sidecarOf(request, local);
  if (sidecar === undefined) return own;
  refuseBadChecks(sidecar.checks);
  const beside = serviceOf(sidecar.service);
  const problems = serviceProblems(beside);
  if (problems.length > 0) throw answered(400, errorList(problems));
  return {
    services: [service, beside],
    checks: [...own.checks, ...localChecks(beside, sidecar.checks, node)],
  };
}

function refuseBadService(request: ServiceRequest): void {
  if (!request.Name) throw answered(400, "Missing service name");
  if (ANY_ADDRESS.includes(request.Address ?? "")) throw answered(400, "Invalid service address");
  const meta = registeredMetaProblem(request.Meta ?? {}, request.Kind);
  if (meta !== undefined) throw answered(400, `Invalid Service Meta: ${meta}`);
  const problems = serviceProblems({ ...request, Service: request.Name } as ServiceRegistration);
  if (problems.length > 0) throw answered(400, errorList(problems));
}

function sidecarOf(request: ServiceRequest, local: LocalSnapshot): ReturnType<typeof expandSidecar> {
  const id = sidecarId(request.ID || (request.Name ?? ""));
  const used = new Set([...local.services.values()].filter(({ ID }) => ID !== id).map(({ Port }) => Port));
  try {
    return expandSidecar(request, used, local.services.get(id)?.Port);
  } catch (error) {
    throw answered(400, `Invalid SidecarService: ${(error as Error).message}`);
  }
}

function checksIn({ Check, Checks }: ServiceRequest | SidecarRequest): CheckRequest[] {
  // An empty object stands for no check: Consul's Go client sends one.
  const single = Check === undefined || Object.keys(Check).length === 0 ? [] : [Check];
  return [...(Checks ?? []), ...single];
}

function refuseBadChecks(checks: readonly CheckRequest[]): void {
  for (const check of checks) {
    const problem = checkProblem(check);
    if (problem !== undefined) throw answered(400, `Invalid check: ${problem}`);
    if (!isStatus(check.Status ?? "")) throw answered(400, "Status for checks must 'passing', 'warning', 'critical'");
    if (isScript(check)) throw answered(500, SCRIPTS_DISABLED);
  }
}

function isStatus(status: string): boolean {
  return status === "" || CHECK_STATUSES.includes(status as CheckStatus);
}

function localChecks({ ID, Service, Tags }: LocalService, checks: readonly CheckRequest[], node: string): LocalCheck[] {
  return checks.map((check, at) => {
    const checkId = check.CheckID || (checks.length > 1 ? `service:${ID}:${at + 1}` : `service:${ID}`);
    return checkOf(check, { node, checkId, service: { id: ID, name: Service, tags: Tags } });
  });
}

/**
 * Reads the registration of a check by itself.
 *
 * @throws ApiError with Consul's status and text for whatever Consul refuses.
 */
export function checkRegistrationOf(request: CheckRequest, local: LocalSnapshot, node: string): LocalCheck {
  if (!request.Name) throw answered(400, "Missing check name");
  if (!isStatus(request.Status ?? "")) throw answered(400, "Bad check status");
  const problem = checkProblem(request);
  if (problem !== undefined) throw answered(400, `Invalid check: ${problem}`);
  if (isScript(request)) throw answered(500, SCRIPTS_DISABLED);
  const checkId = request.ID || request.CheckID || request.Name;
  if (!request.ServiceID) return checkOf(request, { node, checkId });
  const service = local.services.get(request.ServiceID);
  if (service === undefined) throw answered(500, `ServiceID "${request.ServiceID}" does not exist`);
  return checkOf(request, { node, checkId, service: { id: service.ID, name: service.Service, tags: service.Tags } });
}
