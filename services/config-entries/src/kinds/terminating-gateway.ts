import type { LinkedService } from "@causeway/model";
import type { KindRules } from "./kind.ts";

/** Which services the terminating gateways of one name represent. @see https://developer.hashicorp.com/consul/docs/connect/config-entries/terminating-gateway */
export const terminatingGateway: KindRules<"terminating-gateway"> = {
  kind: "terminating-gateway",
  shape: { Services: { listOf: { Name: "text", CAFile: "text", CertFile: "text", KeyFile: "text", SNI: "text" } } },
  normalise: (entry) => ({
    ...entry,
    Services: entry.Services === undefined || entry.Services === null ? null : entry.Services.map(withoutEmpty),
  }),
  problem({ Name, Services }) {
    const seen = new Set<string>();
    for (const service of Services ?? []) {
      const problem = serviceProblem(service, seen);
      if (problem !== undefined) return problem;
      seen.add(service.Name);
    }
    return Name === "" ? "serviceName is required" : undefined;
  },
  warnings: ({ Services }) =>
    (Services ?? [])
      .filter(({ CAFile, SNI }) => CAFile !== undefined && SNI === undefined)
      .map(
        ({ Name }) =>
          `TLS is configured but SNI is not set for service "${Name}". Enabling SNI is strongly recommended when using TLS.`,
      ),
};

function serviceProblem(
  { Name, CAFile, CertFile, KeyFile }: LinkedService,
  seen: ReadonlySet<string>,
): string | undefined {
  if (Name === "") return "Service name cannot be blank.";
  if (seen.has(Name)) return `Service "${Name}" was specified more than once within a namespace`;
  const client = CertFile !== undefined || KeyFile !== undefined;
  if (client && (CAFile === undefined || CertFile === undefined || KeyFile === undefined)) {
    return `Service "${Name}" must have a CertFile, CAFile, and KeyFile specified for TLS origination`;
  }
  return undefined;
}

function withoutEmpty(service: LinkedService): LinkedService {
  const given = Object.entries(service).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(given), Name: service.Name ?? "" };
}
