import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { colours } from "../colours.ts";
import type { Context, RunCommandLine } from "../context.ts";
import { TraceReceiver } from "../traces/trace-receiver.ts";
import { type ControlPlanes, startDatacenters } from "./datacenters.ts";
import { startDemo } from "./demo/demo.ts";
import type { DevOptions } from "./options.ts";
import { refuseTakenPort } from "./port.ts";
import { Supervisor } from "./supervisor.ts";

/**
 * Brings up what was asked and stays until Ctrl-C or, when checking, until the checks are done; then ends everything.
 * True when every check passed, or there was none.
 */
export async function runDev(options: DevOptions, causeway: RunCommandLine, context: Context): Promise<boolean> {
  await refuseTakenPort(options.httpPort);
  const stopped = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]).then(
    () => options.mode !== "check",
  );
  await mkdir(options.folder, { recursive: true });
  // Disposed of in reverse: first every process ends, then what they wrote is forgotten.
  await using _folder = { [Symbol.asyncDispose]: () => forget(options) };
  await using traces = keepsTraces(options, context.env) ? await TraceReceiver.start() : undefined;
  await using supervisor = new Supervisor(options.folder, context.err, undefined, traces?.variables);
  const work = bringUp(supervisor, options, causeway, context);
  // Ctrl-C while things start ends them, and so fails what waits for them.
  work.catch(() => undefined);
  const passed = await Promise.race([work, stopped]);
  if (options.mode !== "check") await stopped;
  return passed;
}

/** Whether the demo's traces are kept here, for `causeway trace`: they are unless the operator has said where they go. */
function keepsTraces({ mode }: DevOptions, env: NodeJS.ProcessEnv): boolean {
  return mode !== "empty" && !Object.keys(env).some((name) => TRACE_VARIABLES.test(name) && env[name] !== "");
}

const TRACE_VARIABLES = /^OTEL_(EXPORTER_OTLP_(TRACES_)?ENDPOINT|TRACES_EXPORTER|SDK_DISABLED)$/;

async function bringUp(
  supervisor: Supervisor,
  options: DevOptions,
  causeway: RunCommandLine,
  context: Context,
): Promise<boolean> {
  const began = performance.now();
  context.err(colours.dim(`State and logs: ${options.folder}`));
  const controlPlanes = await startDatacenters(supervisor, options, context.err);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  context.err(`${colours.green("Control plane is up")} after ${seconds} s; ${agentsOf(controlPlanes)}`);
  if (options.mode === "empty") {
    const path = controlPlanes.length === 1 ? "/v1/agent/self" : "/v1/catalog/datacenters";
    context.err(`Try:  curl ${controlPlanes[0].httpUrl}${path}\nCtrl-C ends everything.`);
    return true;
  }
  const folder = join(options.folder, "demo");
  const demo = await startDemo({ supervisor, controlPlanes, folder, causeway, context, acl: options.acl });
  const passed = await demo.check();
  if (options.mode === "demo") demo.explain();
  return passed;
}

/** Where the agent answers, or that of each datacenter. */
function agentsOf(controlPlanes: ControlPlanes): string {
  const [primary, ...others] = controlPlanes;
  if (others.length === 0) return `the agent answers at ${colours.bold(primary.httpUrl)}`;
  const each = controlPlanes.map(({ datacenter, httpUrl }) => `${datacenter} at ${colours.bold(httpUrl)}`);
  return `the agents answer: ${each.join(", ")}; the primary datacenter is ${primary.datacenter}`;
}

async function forget({ keep, folder }: DevOptions): Promise<void> {
  if (!keep) await rm(folder, { recursive: true, force: true });
}
