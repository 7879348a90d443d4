import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually } from "@causeway/testkit";
import { BILLING_HOST } from "./certificates.ts";

/** What the demo's checks need to know of it. */
export type DemoFacts = {
  readonly httpUrl: string;
  readonly gateway: string;
  readonly gatewayAdmin: string;
  readonly webUrl: string;
  readonly reportUrl: string;
  readonly webUpstreams: Readonly<Record<string, number>>;
  readonly reportUpstreams: Readonly<Record<string, number>>;
  /** Runs a `causeway` command against the demo's agent. */
  readonly causeway: (...args: readonly string[]) => Promise<void>;
};

/** One thing that is tried: gives what happened, or throws what went wrong. */
export type DemoCheck = { readonly name: string; readonly run: () => Promise<string> };

/** A mesh that has just started may need a moment; Consul's own tests retry as long. */
const TIMEOUT_MS = 15_000;

/** What the demo tries, in this order. */
export function demoChecks(facts: DemoFacts): DemoCheck[] {
  return [
    { name: "web → billing, over plain HTTP", run: () => reachBilling(facts) },
    { name: "web → legacy-db, by host name", run: () => reachDatabase(facts) },
    { name: "report → billing", run: () => beDenied(facts) },
    { name: "web → legacy-db, denied while open", run: () => beCutOff(facts) },
    { name: "web → legacy-db, allowed again", run: () => comeBack(facts) },
  ];
}

type Seen = { readonly serverName: string; readonly clientCommonName: string; readonly tlsVersion: string };

async function reachBilling({ webUrl }: DemoFacts): Promise<string> {
  const { serverName, clientCommonName, tlsVersion } = await eventually(
    async () => {
      const response = await fetch(`${webUrl}/billing/invoices`);
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as Seen;
    },
    { timeoutMs: TIMEOUT_MS },
  );
  if (serverName !== BILLING_HOST) throw new Error(`billing was asked for as ${serverName}`);
  return `allowed; the gateway originated ${tlsVersion} to ${serverName} as ${clientCommonName}`;
}

async function reachDatabase({ webUpstreams }: DemoFacts): Promise<string> {
  const text = await eventually(() => say(webUpstreams["legacy-db"] ?? 0, "select 1"), { timeoutMs: TIMEOUT_MS });
  return `allowed; legacy-db said back "${text}"`;
}

async function beDenied({ reportUrl, gatewayAdmin }: DemoFacts): Promise<string> {
  const reason = await eventually(
    async () => {
      const { status } = await fetch(`${reportUrl}/billing/invoices`);
      if (status !== 502) throw new Error(`report got an answer with status ${status} although "* => *" denies it`);
      return lastDenial(gatewayAdmin, "report");
    },
    { timeoutMs: TIMEOUT_MS },
  );
  return `denied; the gateway says: ${reason}`;
}

async function beCutOff({ webUpstreams, causeway }: DemoFacts): Promise<string> {
  await using open = await openConversation(webUpstreams["legacy-db"] ?? 0);
  const closed = gone(open.socket);
  const began = performance.now();
  await causeway("intention", "create", "-replace", "-deny", "web", "legacy-db");
  await closed;
  return `the open connection was closed ${Math.round(performance.now() - began)} ms after the command began`;
}

async function comeBack({ webUpstreams, causeway }: DemoFacts): Promise<string> {
  await causeway("intention", "create", "-replace", "-allow", "web", "legacy-db");
  const text = await eventually(() => say(webUpstreams["legacy-db"] ?? 0, "select 2"), { timeoutMs: TIMEOUT_MS });
  return `allowed; legacy-db said back "${text}"`;
}

type Refusal = { readonly source?: string; readonly reason?: string };

async function lastDenial(gatewayAdmin: string, source: string): Promise<string> {
  const response = await fetch(`${gatewayAdmin}/debug/refusals`);
  const latestFirst = (await response.json()) as readonly Refusal[];
  const found = latestFirst.find((refusal) => refusal.source === source);
  if (found?.reason === undefined) throw new Error(`the gateway knows of no refusal of ${source}`);
  return found.reason;
}

/** Says one line and gives what comes back. */
async function say(port: number, text: string): Promise<string> {
  await using conversation = await openConversation(port);
  conversation.socket.write(text);
  const [data] = (await once(conversation.socket, "data", { signal: AbortSignal.timeout(TIMEOUT_MS) })) as [Buffer];
  return data.toString();
}

/** Resolves when a connection is gone, by a reset as well as by an orderly end. */
async function gone(socket: Socket): Promise<void> {
  try {
    await once(socket, "close", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
}

/** A connection on which something has been said and answered, so that it is known to be let in. */
async function openConversation(port: number): Promise<{ readonly socket: Socket } & AsyncDisposable> {
  const socket = connect(port, "127.0.0.1");
  // A reset is told by "close" too; without a listener it would end the process.
  socket.on("error", () => undefined);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  socket.write("hello");
  const [first] = (await Promise.race([
    once(socket, "data", { signal }),
    once(socket, "close", { signal }).then(() => [undefined]),
  ])) as [Buffer | undefined];
  if (first === undefined) throw new Error("the connection was closed without an answer");
  return { socket, [Symbol.asyncDispose]: async () => void socket.destroy() };
}
