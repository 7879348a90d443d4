import {
  CHECK_STATUSES,
  errorList,
  registeredMetaProblem,
  type ServiceRegistration,
  serviceProblems,
} from "@causeway/model";
import type { Definition, Definitions, Fields } from "./decode.ts";
import { DefinitionError } from "./decode.ts";

/** What the rules look at of a check. Durations are nanoseconds. */
export type CheckFields = {
  readonly Name?: string;
  readonly Status?: string;
  readonly ScriptArgs?: readonly string[];
  readonly Args?: readonly string[];
  readonly DockerContainerID?: string;
  readonly HTTP?: string;
  readonly TCP?: string;
  readonly UDP?: string;
  readonly GRPC?: string;
  readonly H2PING?: string;
  readonly AliasNode?: string;
  readonly AliasService?: string;
  readonly Interval?: number;
  readonly TTL?: number;
  readonly OutputMaxSize?: number;
  readonly FailuresBeforeWarning?: number;
  readonly FailuresBeforeCritical?: number;
};

/** What the rules look at of a service. */
export type ServiceFields = Omit<Partial<ServiceRegistration>, "Service" | "Meta"> & {
  readonly Name?: string;
  readonly Meta?: Readonly<Record<string, string>>;
};

const ANY_ADDRESS = ["0.0.0.0", "::", "[::]"];

/** What is wrong with a service's registration, checks apart, in Consul's words; undefined when nothing is. */
export function serviceProblem(service: ServiceFields): string | undefined {
  if (!service.Name) return "Missing service name";
  if (ANY_ADDRESS.includes(service.Address ?? "")) return "Invalid service address";
  const meta = registeredMetaProblem(service.Meta ?? {}, service.Kind ?? "");
  if (meta !== undefined) return `Invalid Service Meta: ${meta}`;
  const problems = serviceProblems({ ...service, Service: service.Name } as ServiceRegistration);
  return problems.length === 0 ? undefined : errorList(problems);
}

/** What is wrong with a check's definition, in Consul's words; undefined when nothing is. */
export function checkProblem(check: CheckFields): string | undefined {
  const interval = check.Interval ?? 0;
  const ttl = check.TTL ?? 0;
  const targets = [check.HTTP, check.TCP, check.UDP, check.GRPC, check.H2PING];
  const timed = isScript(check) || targets.some((target) => (target ?? "") !== "");
  const alias = isAlias(check);
  if (interval > 0 && ttl > 0) return "Interval and TTL cannot both be specified";
  if (timed && interval <= 0) return "Interval must be > 0 for Script, HTTP, or TCP checks";
  if (timed && alias) return "Interval cannot be set for Alias checks";
  if (alias && ttl > 0) return "TTL must be not be set for Alias checks";
  if (!timed && !alias && ttl <= 0) return "TTL must be > 0 for TTL checks";
  if ((check.OutputMaxSize ?? 0) < 0) return "MaxOutputMaxSize must be positive";
  if ((check.FailuresBeforeWarning ?? 0) > (check.FailuresBeforeCritical ?? 0)) {
    return "FailuresBeforeWarning can't be higher than FailuresBeforeCritical";
  }
  return undefined;
}

/** True of a status that a check may be told, "" being the one that it begins with. */
export function isStatus(status: string): boolean {
  return status === "" || CHECK_STATUSES.some((known) => known === status);
}

/** True when the check runs a program, which an agent does only where it is allowed to. */
export function isScript({ ScriptArgs, Args, DockerContainerID }: CheckFields): boolean {
  return (ScriptArgs ?? []).length > 0 || (Args ?? []).length > 0 || (DockerContainerID ?? "") !== "";
}

/** True when the check follows others. */
export function isAlias({ AliasNode, AliasService }: CheckFields): boolean {
  return (AliasNode ?? "") !== "" || (AliasService ?? "") !== "";
}

/** Looks at everything by these rules; throws a DefinitionError that names the file of the first that breaks one. */
export function refuseBadDefinitions({ services, checks }: Definitions): void {
  for (const definition of services) {
    const { value } = definition;
    refuse(definition, "service", serviceProblem(value as ServiceFields));
    for (const check of (value["Checks"] ?? []) as readonly Fields[]) {
      refuse(definition, "service", checkTrouble(check as CheckFields));
    }
  }
  for (const definition of checks) {
    const named = definition.value["Name"] === undefined ? "Missing check name" : undefined;
    refuse(definition, "check", named ?? checkTrouble(definition.value as CheckFields));
  }
}

function checkTrouble(check: CheckFields): string | undefined {
  const problem = checkProblem(check);
  if (problem !== undefined) return `Invalid check: ${problem}`;
  return isStatus(check.Status ?? "") ? undefined : "Status for checks must 'passing', 'warning', 'critical'";
}

function refuse({ file, value }: Definition, what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new DefinitionError(`${file}: ${what} "${String(value["Name"] ?? "")}": ${problem}`);
}
