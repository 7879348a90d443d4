import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { temporaryDirectory } from "@causeway/testkit/processes";
import type { Context } from "../context.ts";
import { type BusAccess, busVariables, ownBus } from "../dev/bus-access.ts";
import { ownersOf, programOf } from "../dev/control-plane.ts";
import { Supervisor } from "../dev/supervisor.ts";
import { systemAddresses } from "../sockaddr/index.ts";
import { type AgentPlan, planOf } from "./plan.ts";
import type { AgentSettings } from "./settings.ts";
import { readSources, type SourceFlags, type Sources } from "./sources.ts";
import { unusedSettings } from "./unused.ts";

/**
 * Work in progress may take this long to finish, and a process this long to end before it is killed: first the agent, then the services,
 * then NATS, so that all is over within two seconds on a machine that is busy with other things. What was acknowledged is on disk by then.
 */
const DRAIN_MS = 250;
const STOP_MS = 600;

/** The same for an agent that leaves when it ends: the catalog has to say that it has. */
const LEAVE_MS = 3_000;
const LEAVING_STOP_MS = 4_000;

/** The log of the agent is the command's own; the others' are files. */
const AGENT = "agent";

/**
 * Runs the control plane and an agent until Ctrl-C, SIGTERM or a client that tells the agent to leave, then ends everything. SIGHUP has the
 * agent read its files again.
 *
 * Throws a CommandError when the configuration cannot be used, or the agent or a service does not start.
 */
export async function runAgent(flags: SourceFlags, context: Context): Promise<void> {
  const left = Promise.withResolvers<"left">();
  const stopped = Promise.race([signalled("SIGINT"), signalled("SIGTERM"), left.promise]);
  const sources = await readSources(flags);
  // Each setting has been read as the shape of the files, or the kind of its flag, says.
  const own = ownBus(context.env);
  const plan = planOf(sources.settings as AgentSettings, {
    dev: flags.dev,
    natsUrl: own?.url,
    hostname: hostname(),
    addresses: systemAddresses(),
  });
  introduce(plan, sources, context);
  await using temporary = plan.dataDir === undefined ? await temporaryDirectory() : undefined;
  const folder = resolve(plan.dataDir ?? temporary?.path ?? "");
  await using _pidFile = await writePidFile(plan.pidFile);
  await using supervisor = new Supervisor(folder, context.err, STOP_MS);
  let listening = false;
  process.on("SIGHUP", () => {
    const pid = supervisor.processes().get(AGENT);
    // Before it listens it reads its files for the first time, and the signal would end it.
    if (pid !== undefined && listening) process.kill(pid, "SIGHUP");
  });
  const work = start({ supervisor, plan, sources, folder, own }, context, {
    listening: () => {
      listening = true;
    },
    left: () => left.resolve("left"),
  });
  // What ends while it starts fails whoever waits for it.
  work.catch(() => undefined);
  const reason = await Promise.race([work.then(() => stopped), stopped]);
  context.out("==> Gracefully shutting down agent...");
  // By the same signal, since it says whether to leave; and first, since leaving takes a catalog.
  if (reason !== "left") await supervisor.end(AGENT, reason, mayLeave(plan) ? LEAVING_STOP_MS : STOP_MS);
}

/** Whether a signal may have the agent leave. */
function mayLeave({ agent }: AgentPlan): boolean {
  return agent["CAUSEWAY_LEAVE_ON_TERMINATE"] === "true" || agent["CAUSEWAY_SKIP_LEAVE_ON_INTERRUPT"] === "false";
}

async function signalled<S extends "SIGINT" | "SIGTERM">(signal: S): Promise<S> {
  await once(process, signal);
  return signal;
}

/** What is to be run, and where. */
type AgentRun = {
  readonly supervisor: Supervisor;
  readonly plan: AgentPlan;
  readonly sources: Sources;
  readonly folder: string;
  /** The operator's own NATS. */
  readonly own: BusAccess | undefined;
};

/** What becomes of the agent: it serves, or has left because a client told it to. */
type AgentEvents = { readonly listening: () => void; readonly left: () => void };

/**
 * Starts the agent first: it answers `No cluster leader` while the owners of the state come up, here or elsewhere. It is said to run when
 * they are ready and it has read what they own.
 */
async function start(
  { supervisor, plan, sources, folder, own }: AgentRun,
  { out }: Context,
  { listening, left }: AgentEvents,
): Promise<void> {
  const { datacenter, common, acl } = plan;
  const bus = own ?? (await startOwnBus(supervisor, folder, datacenter));
  const env = (service: string) => ({
    ...common,
    ...busVariables(bus, service),
    CAUSEWAY_DATA_DIR: join(folder, service),
    CAUSEWAY_DRAIN_TIMEOUT_MS: String(DRAIN_MS),
  });
  const files = [...sources.paths.map((path) => resolve(path)), ...(await writeFragments(sources.defining, folder))];
  await supervisor.start({
    name: AGENT,
    path: programOf("agent"),
    env: {
      ...env(AGENT),
      ...plan.agent,
      CAUSEWAY_CONFIG_FILE: files.join(","),
      CAUSEWAY_DRAIN_TIMEOUT_MS: String(mayLeave(plan) ? LEAVE_MS : DRAIN_MS),
    },
    startedWhen: "listening",
    onLine: out,
    onEnd: left,
  });
  listening();
  const told: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    ca: plan.ca,
    catalog: plan.catalog,
  };
  const owned = plan.controlPlane ? ownersOf(acl) : [];
  const owners = owned.map(({ service, env: own }) =>
    supervisor.start({ name: service, path: programOf(service), env: { ...env(service), ...own, ...told[service] } }),
  );
  await Promise.all([...owners, supervisor.whenReady(AGENT)]);
  out("==> Consul agent running!");
}

async function startOwnBus(supervisor: Supervisor, folder: string, datacenter: string): Promise<BusAccess> {
  // Loaded only here: who has a NATS of his own needs no keys made.
  const { makeLocalBus, startLocalBus } = await import("../dev/local-bus.ts");
  const made = join(folder, "bus");
  await makeLocalBus({ datacenters: [datacenter], folder: made });
  return await startLocalBus(supervisor, "nats", made, datacenter);
}

/** What Consul says of itself when it starts, and in one line what of the configuration changes nothing here. */
function introduce(
  { datacenter, common, dataDir, warnings }: AgentPlan,
  sources: Sources,
  { out, err }: Context,
): void {
  out("==> Starting Consul agent...");
  out(`         Node name: '${common["CAUSEWAY_NODE_NAME"]}'`);
  out(`        Datacenter: '${datacenter}'`);
  out(`          Data dir: ${dataDir === undefined ? "none, all state ends with the agent" : `'${dataDir}'`}`);
  for (const warning of [...sources.warnings, ...warnings]) err(`==> ${warning}`);
  const unused = unusedSettings(sources.settings);
  if (unused.length > 0) err(`==> Without a meaning here: ${unused.join(", ")}`);
}

/** What fragments define is read again with the files, and so is one. */
async function writeFragments(fragments: readonly string[], folder: string): Promise<readonly string[]> {
  await mkdir(join(folder, "fragments"), { recursive: true });
  return await Promise.all(
    fragments.map(async (text, at) => {
      const path = join(folder, "fragments", `${at}.hcl`);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    }),
  );
}

async function writePidFile(path: string | undefined): Promise<AsyncDisposable> {
  if (path !== undefined) await writeFile(path, String(process.pid));
  return { [Symbol.asyncDispose]: async () => (path === undefined ? undefined : await rm(path, { force: true })) };
}
