import { colours } from "../../colours.ts";
import { formatTable } from "../../table.ts";
import type { FirstDatacenter } from "./first-datacenter.ts";
import type { FurtherDatacenter } from "./further-datacenter.ts";
import type { Site } from "./site.ts";
import type { Token } from "./tokens.ts";

/** What the demo consists of. */
export type DemoParts = { readonly first: FirstDatacenter; readonly others: readonly FurtherDatacenter[] };

/** What runs where, and what to try next. */
export function explanation(
  { first, others }: DemoParts,
  processes: ReadonlyMap<string, number>,
  folder: string,
): string {
  const { httpUrl, token } = first.operator;
  const suggestions = [...withinFirst(first), ...others.slice(0, 1).flatMap((other) => across(first, other))];
  return `
${colours.bold("What runs")}
${processTable(processes)}

${colours.bold("Try")}
  export CONSUL_HTTP_ADDR=${new URL(httpUrl).host}; alias causeway="npm run --silent causeway --"${tokenVariable(token)}
${suggestions.map(([command, shows]) => `\n  ${colours.dim(`# ${shows}`)}\n  ${command}`).join("")}

Definitions that the demo wrote: ${folder}
${colours.dim("Ctrl-C ends everything.")}`;
}

/** Lets the commands below be those of whoever holds the token. */
function tokenVariable(token: Token | undefined): string {
  return token === undefined ? "" : `\n  export CONSUL_HTTP_TOKEN_FILE=${token.path}`;
}

/** Asks the agent by HTTP, as whoever the site is for. */
function curl({ httpUrl, token }: Site, path: string): string {
  const header = token === undefined ? "" : ` -H "X-Consul-Token: $(cat ${token.path})"`;
  return `curl${header} '${httpUrl}${path}'`;
}

/** A line for each kind of process, with its ID in each datacenter that has it. */
function processTable(processes: ReadonlyMap<string, number>): string {
  const found = [...processes].map(([name, pid]) => [...name.split("/"), String(pid)] as const);
  const datacenters = [...new Set(found.map(([datacenter]) => datacenter))];
  const rows = [...Map.groupBy(found, ([, kind]) => kind)].map(([kind = "", row]) => [
    kind,
    ...datacenters.map((datacenter) => row.find(([own]) => own === datacenter)?.[2] ?? ""),
  ]);
  return formatTable([["Process", ...datacenters.map((datacenter) => `PID in ${datacenter}`)], ...rows]);
}

/** A command, and what it shows. */
type Suggestion = readonly [command: string, shows: string];

function withinFirst({ operator, web, report, gateway }: FirstDatacenter): readonly Suggestion[] {
  return [
    [`curl ${web.url}/billing/invoices`, "web calls a service outside the mesh, through the gateway"],
    [`curl ${report.url}/billing/invoices`, "report may not"],
    ["causeway trace -failed -last 1", "and why, hop by hop"],
    ["causeway intention create -replace -allow report billing", "now it may"],
    [curl(operator, `/v1/catalog/gateway-services/${gateway.name}`), "what the gateway stands for"],
    [`curl ${gateway.admin}/debug/routes`, "what it does; and /debug/connections, /debug/refusals, /metrics"],
  ];
}

function across({ operator, web, meshGateway }: FirstDatacenter, other: FurtherDatacenter): readonly Suggestion[] {
  const there = other.site.datacenter;
  const ofWeb = web.site.token === undefined ? "" : `-token-file ${web.site.token.path} `;
  return [
    [`curl ${web.url}/api.${there}/`, `web calls api in ${there}, through the mesh gateways of both`],
    ["causeway connect upstreams -sidecar-for web", "the mode of each upstream, and who set it"],
    [`causeway services register ${ofWeb}${operator.folder}/web.hcl`, "after you have changed a mode in that file"],
    ["causeway catalog datacenters", "the datacenters, the nearest first"],
    [curl(operator, `/v1/health/connect/api?dc=${there}`), `${there} answers`],
    [curl(operator, "/v1/internal/federation-states"), "at which addresses datacenters reach each other"],
    ...(meshGateway === undefined
      ? []
      : [
          [
            `curl ${meshGateway.admin}/debug/routes`,
            `what the mesh gateway of ${operator.datacenter} leads where`,
          ] as const,
        ]),
  ];
}
