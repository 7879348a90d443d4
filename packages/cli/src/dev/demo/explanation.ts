import { colours } from "../../colours.ts";
import { formatTable } from "../../table.ts";
import type { FirstDatacenter } from "./first-datacenter.ts";
import type { FurtherDatacenter } from "./further-datacenter.ts";

/** What the demo consists of. */
export type DemoParts = { readonly first: FirstDatacenter; readonly others: readonly FurtherDatacenter[] };

/** What runs where, and what to try next. */
export function explanation(parts: DemoParts, processes: ReadonlyMap<string, number>, folder: string): string {
  return `
${colours.bold("What runs")}
${processTable(processes)}

${colours.bold("Try")}
${commands([...withinFirst(parts.first), ...parts.others.slice(0, 1).flatMap((other) => across(parts.first, other))])}

Definitions that the demo wrote: ${folder}
${colours.dim("Ctrl-C ends everything.")}`;
}

/** A line for each kind of process, with its ID in each datacenter that has it. */
function processTable(processes: ReadonlyMap<string, number>): string {
  const found = [...processes].map(([name, pid]) => [...name.split("/"), String(pid)] as const);
  const datacenters = [...new Set(found.map(([datacenter]) => datacenter))];
  const rows = Map.groupBy(found, ([, kind]) => kind);
  return formatTable([
    ["Process", ...datacenters.map((datacenter) => `PID in ${datacenter}`)],
    ...[...rows].map(([kind, row]) => [
      kind ?? "",
      ...datacenters.map((datacenter) => row.find(([own]) => own === datacenter)?.[2] ?? ""),
    ]),
  ]);
}

/** A command, and what it shows. */
type Suggestion = readonly [command: string, shows: string];

function withinFirst({ site, web, report, gateway }: FirstDatacenter): readonly Suggestion[] {
  return [
    [`curl ${web.url}/billing/invoices`, "web calls a service outside the mesh, through the gateway"],
    [`curl ${report.url}/billing/invoices`, "report may not"],
    [`${alias(site.httpUrl)} intention create -replace -allow report billing`, "now it may"],
    [`curl ${site.httpUrl}/v1/catalog/gateway-services/${gateway.name}`, "what the gateway stands for"],
    [`curl ${gateway.admin}/debug/routes`, "what the gateway does; and /debug/connections, /debug/refusals, /metrics"],
  ];
}

function across({ site, web, meshGateway }: FirstDatacenter, other: FurtherDatacenter): readonly Suggestion[] {
  const there = other.site.datacenter;
  const causeway = alias(site.httpUrl);
  return [
    [`curl ${web.url}/api.${there}/`, `web calls api in ${there}, through both mesh gateways`],
    [
      `${causeway} connect upstreams -sidecar-for web`,
      `by which way, and who says so; change it in ${site.folder}/web.hcl`,
    ],
    [`${causeway} services register ${site.folder}/web.hcl`, "and have it changed"],
    [`${causeway} catalog datacenters`, "the datacenters that are there"],
    [`curl '${site.httpUrl}/v1/health/connect/api?dc=${there}'`, `asked in ${site.datacenter}, answered by ${there}`],
    [`curl ${site.httpUrl}/v1/internal/federation-states`, "how each datacenter is reached"],
    ...(meshGateway === undefined
      ? []
      : [
          [
            `curl ${meshGateway.admin}/debug/routes`,
            `what ${site.datacenter}'s mesh gateway passes on, and where to`,
          ] as const,
        ]),
  ];
}

function alias(httpUrl: string): string {
  return `CONSUL_HTTP_ADDR=${new URL(httpUrl).host} npm run --silent causeway --`;
}

/** Each command after what it shows, which may be long. */
function commands(suggestions: readonly Suggestion[]): string {
  return suggestions.map(([command, shows]) => `  ${colours.dim(`# ${shows}`)}\n  ${command}`).join("\n");
}
