import { colours } from "../../colours.ts";
import { formatTable } from "../../table.ts";
import type { DemoFacts } from "./checks.ts";

/** What runs where, and what to try next. */
export function explanation(facts: DemoFacts, processes: ReadonlyMap<string, number>, folder: string): string {
  const { httpUrl, webUrl, reportUrl, gatewayAdmin, gateway } = facts;
  const running = formatTable([["Process", "PID"], ...[...processes].map(([name, pid]) => [name, String(pid)])]);
  const causeway = `CONSUL_HTTP_ADDR=${new URL(httpUrl).host} npm run --silent causeway --`;
  return `
${colours.bold("What runs")}
${running}

${colours.bold("Try")}
  curl ${webUrl}/billing/invoices            # web calls a service outside the mesh, through the gateway
  curl ${reportUrl}/billing/invoices         # report may not
  ${causeway} intention create -replace -allow report billing
  ${causeway} catalog services
  curl ${httpUrl}/v1/catalog/gateway-services/${gateway}
  curl ${gatewayAdmin}/debug/routes          # what the gateway does, and /debug/connections, /debug/refusals, /metrics

Definitions that the demo wrote: ${folder}
${colours.dim("Ctrl-C ends everything.")}`;
}
