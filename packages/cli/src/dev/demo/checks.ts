import { eventually } from "@causeway/testkit";
import { BILLING_HOST } from "./certificates.ts";
import { gone, openConversation, say, TIMEOUT_MS } from "./conversation.ts";
import type { Caller, FirstDatacenter } from "./first-datacenter.ts";
import { lastDenial } from "./gateways.ts";

/** One thing that is tried: gives what happened, or throws what went wrong. */
export type DemoCheck = { readonly name: string; readonly run: () => Promise<string> };

/** What is tried within the first datacenter, in this order. */
export function demoChecks(facts: FirstDatacenter): DemoCheck[] {
  return [
    { name: "web → billing, over plain HTTP", run: () => reachBilling(facts) },
    { name: "web → legacy-db, by host name", run: () => reachDatabase(facts) },
    { name: "report → billing", run: () => beDenied(facts) },
    { name: "web → legacy-db, denied while open", run: () => beCutOff(facts) },
    { name: "web → legacy-db, allowed again", run: () => comeBack(facts) },
  ];
}

type Seen = { readonly serverName: string; readonly clientCommonName: string; readonly tlsVersion: string };

async function reachBilling({ web }: FirstDatacenter): Promise<string> {
  const { serverName, clientCommonName, tlsVersion } = await eventually(
    async () => {
      const response = await fetch(`${web.url}/billing/invoices`);
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as Seen;
    },
    { timeoutMs: TIMEOUT_MS },
  );
  if (serverName !== BILLING_HOST) throw new Error(`billing was asked for as ${serverName}`);
  return `allowed; the gateway originated ${tlsVersion} to ${serverName} as ${clientCommonName}`;
}

async function reachDatabase({ web }: FirstDatacenter): Promise<string> {
  const text = await eventually(() => say(portOf(web, "legacy-db"), "select 1"), { timeoutMs: TIMEOUT_MS });
  return `allowed; legacy-db said back "${text}"`;
}

async function beDenied({ report, gateway }: FirstDatacenter): Promise<string> {
  const reason = await eventually(
    async () => {
      const { status } = await fetch(`${report.url}/billing/invoices`);
      if (status !== 502) throw new Error(`report got an answer with status ${status} although "* => *" denies it`);
      return lastDenial(gateway, "report");
    },
    { timeoutMs: TIMEOUT_MS },
  );
  return `denied; the gateway says: ${reason}`;
}

async function beCutOff({ web, operator }: FirstDatacenter): Promise<string> {
  await using open = await openConversation(portOf(web, "legacy-db"), "select now");
  const closed = gone(open);
  const began = performance.now();
  await operator.causeway("intention", "create", "-replace", "-deny", "web", "legacy-db");
  await closed;
  return `the open connection was closed ${Math.round(performance.now() - began)} ms after the command began`;
}

async function comeBack({ web, operator }: FirstDatacenter): Promise<string> {
  await operator.causeway("intention", "create", "-replace", "-allow", "web", "legacy-db");
  const text = await eventually(() => say(portOf(web, "legacy-db"), "select 2"), { timeoutMs: TIMEOUT_MS });
  return `allowed; legacy-db said back "${text}"`;
}

/** The local port of an upstream. */
export function portOf({ name, ports }: Caller, upstream: string): number {
  const port = ports.get(upstream);
  if (port === undefined) throw new Error(`${name} has no upstream ${upstream}`);
  return port;
}
