import { checkProblem, isScript, isStatus, serviceProblem } from "@causeway/definitions";
import { errorList, serviceProblems } from "@causeway/model";
import { answered } from "../http/errors.ts";
import { checkOf } from "./check-definition.ts";
import type { LocalCheck, LocalService } from "./local-service.ts";
import { checkSubject, type LocalSnapshot, type LocalTokens, type Subject, serviceSubject } from "./local-snapshot.ts";
import type { CheckRequest, ServiceRequest, SidecarRequest } from "./registration-shapes.ts";
import type { Scripts } from "./scripts.ts";
import { serviceOf } from "./service-definition.ts";
import { expandSidecar, sidecarId } from "./sidecar-expansion.ts";

/** What a registration adds: the service, its sidecar if it has one, their checks, and by which tokens the catalog is told of these. */
export type Registration = {
  readonly services: readonly LocalService[];
  readonly checks: readonly LocalCheck[];
  readonly tokens: LocalTokens;
  /** The ID of the sidecar, which goes when the service goes. */
  readonly sidecars: ReadonlySet<string>;
};

/** What Docker checks are refused with where programs may be run at all. */
const NO_DOCKER =
  "Docker checks are not run by this agent: let a script check (args) run `docker exec`, or use an HTTP or TCP check";

/**
 * Reads a service registration by `token` ("" for none): what it adds to this agent.
 *
 * @throws ApiError with Consul's status and text for whatever Consul refuses.
 */
export function registrationOf(
  request: ServiceRequest,
  local: LocalSnapshot,
  node: string,
  scripts: Scripts,
  token: string,
): Registration {
  const problem = serviceProblem(request);
  if (problem !== undefined) throw answered(400, problem);
  const checks = checksIn(request);
  refuseBadChecks(checks, scripts);
  const service = serviceOf(request);
  const ownChecks = localChecks(service, checks, node);
  const own = {
    services: [service],
    checks: ownChecks,
    tokens: tokensOf(service, ownChecks, token),
    sidecars: new Set<string>(),
  };
  const sidecar = sidecarOf(request, local);
  if (sidecar === undefined) return own;
  refuseBadChecks(sidecar.checks, scripts);
  const beside = serviceOf(sidecar.service);
  const problems = serviceProblems(beside);
  if (problems.length > 0) throw answered(400, errorList(problems));
  const besideChecks = localChecks(beside, sidecar.checks, node);
  return {
    services: [service, beside],
    checks: [...own.checks, ...besideChecks],
    tokens: new Map([...own.tokens, ...tokensOf(beside, besideChecks, sidecar.service.Token || token)]),
    sidecars: new Set([beside.ID]),
  };
}

function tokensOf({ ID }: LocalService, checks: readonly LocalCheck[], token: string): LocalTokens {
  const subjects: Subject[] = [serviceSubject(ID), ...checks.map(({ check }) => checkSubject(check.CheckID))];
  return new Map(token === "" ? [] : subjects.map((subject) => [subject, token]));
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

function refuseBadChecks(checks: readonly CheckRequest[], scripts: Scripts): void {
  for (const check of checks) {
    const problem = checkProblem(check);
    if (problem !== undefined) throw answered(400, `Invalid check: ${problem}`);
    if (!isStatus(check.Status ?? "")) throw answered(400, "Status for checks must 'passing', 'warning', 'critical'");
    refuseProgram(check, scripts);
  }
}

function refuseProgram(check: CheckRequest, scripts: Scripts): void {
  if (!isScript(check)) return;
  if (!scripts.allowed) throw answered(500, scripts.refusal);
  if (check.DockerContainerID) throw answered(500, NO_DOCKER);
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
export function checkRegistrationOf(
  request: CheckRequest,
  local: LocalSnapshot,
  node: string,
  scripts: Scripts,
): LocalCheck {
  if (!request.Name) throw answered(400, "Missing check name");
  if (!isStatus(request.Status ?? "")) throw answered(400, "Bad check status");
  const problem = checkProblem(request);
  if (problem !== undefined) throw answered(400, `Invalid check: ${problem}`);
  refuseProgram(request, scripts);
  const checkId = request.ID || request.CheckID || request.Name;
  if (!request.ServiceID) return checkOf(request, { node, checkId });
  const service = local.services.get(request.ServiceID);
  if (service === undefined) throw answered(500, `ServiceID "${request.ServiceID}" does not exist`);
  return checkOf(request, { node, checkId, service: { id: service.ID, name: service.Service, tags: service.Tags } });
}
