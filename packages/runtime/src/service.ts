import { type Static, type TObject, Type } from "@causeway/model";
import { AdminServer } from "./admin.ts";
import { type Clock, systemClock } from "./clock.ts";
import { CommonConfig } from "./common-config.ts";
import { ConfigError, configVariables, describeConfig, loadConfig } from "./config.ts";
import { createLogger, type Logger } from "./log.ts";
import { logLevelSetting } from "./log-level-setting.ts";
import { isAtLeast, LogLines } from "./log-lines.ts";
import { Metrics } from "./metrics.ts";
import { exportMetrics } from "./metrics-export.ts";
import { observeProcess } from "./process-metrics.ts";
import { Readiness } from "./readiness.ts";
import { releaseStartUpMemorySoon } from "./start-up-memory.ts";
import { type StopReason, whenAskedToStop } from "./stop-signals.ts";
import { startTelemetry } from "./telemetry.ts";

/** What a service is given to start with. */
export type ServiceContext<C> = {
  readonly config: C & CommonConfig;
  readonly log: Logger;
  /** What `log` writes, for whoever wants to listen. */
  readonly logLines: LogLines;
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly admin: Pick<AdminServer, "route" | "page">;
  /** Ends the process as a signal would, for the reason `asked`. */
  readonly askToStop: () => void;
  /** Aborts when the service has drained, or had its time for it: whatever still runs must end. */
  readonly signal: AbortSignal;
};

/** A service that has started. */
export type Running = {
  /** Takes no new work, and resolves when the work in progress is done. May be cut short by `drainTimeoutMs`. */
  readonly drain?: (reason: StopReason) => Promise<void>;
  /** Closes what is still open; called after the signal has aborted. */
  readonly stop?: () => Promise<void>;
  /** What the log line `ready` tells besides: the ports it listens on, say. */
  readonly facts?: Readonly<Record<string, unknown>>;
};

/** All that a service's main has to say. */
export type ServiceDefinition<T extends TObject> = {
  readonly name: string;
  /** The service's own variables; those of `CommonConfig` are added. */
  readonly config: T;
  /** What its spans tell of this process besides, by OpenTelemetry's names; `service.name` is `name` unless it is among them. */
  readonly resource?: (config: Static<T> & CommonConfig) => Readonly<Record<string, string>>;
  /** Starts the service. It is ready when this has resolved and every readiness task is done. */
  readonly start: (context: ServiceContext<Static<T>>) => Promise<Running>;
};

/** sysexits.h: EX_USAGE, EX_CONFIG being less known to supervisors. */
const BAD_CONFIG = 64;
const FAILED = 1;

/** From which level on it tells how it starts. */
const STARTING_LEVEL = "info";

/** How long closing may take once draining is over. */
const STOP_TIMEOUT_MS = 5_000;

/** How long the last spans may take to be sent: a collector that cannot be reached must not hold up the end. */
const TELEMETRY_TIMEOUT_MS = 2_000;

/** Said of an admin port that others can reach. */
const OPEN_ADMIN_PORT =
  "the admin port asks for no credentials and can be reached from elsewhere: have a firewall before it, or CAUSEWAY_ADMIN_ADDRESS unset";

/** A parent that is gone cannot wait for a long drain, and nobody would see it. */
const ORPHAN_DRAIN_MS = 2_000;

/**
 * Runs a service for as long as its process lives: reads the configuration, starts it, waits for SIGTERM or SIGINT, lets it finish its
 * work for at most `drainTimeoutMs`, stops it, and ends the process with 0.
 *
 * Ends the process with 64 when the configuration cannot be used, with 1 when the service cannot start or fails in a way that nobody
 * caught. `--help` prints the variables, `--describe` does so in JSON, and `--check` says only whether they can be used.
 */
export async function runService<T extends TObject>(definition: ServiceDefinition<T>): Promise<never> {
  const { name } = definition;
  const schema = Type.Object({ ...CommonConfig.properties, ...definition.config.properties });
  if (process.argv.includes("--help")) printHelp(name, schema);
  if (process.argv.includes("--describe")) printAndExit(JSON.stringify(configVariables(schema)));
  // The composed schema has the properties of both, which TypeBox cannot say of a generic one.
  const config = loadOrExit(name, schema) as Static<T> & CommonConfig;
  if (process.argv.includes("--check")) process.exit(0);
  const logLines = new LogLines();
  // Whoever starts it waits for lines of this level, whatever is to be logged from then on.
  const level = isAtLeast(STARTING_LEVEL, config.logLevel) ? config.logLevel : STARTING_LEVEL;
  const log = createLogger({ service: name, level, format: config.logFormat, lines: logLines });
  exitOnUncaught(log);
  try {
    await live<T>(definition, config, log, logLines);
  } catch (error) {
    log.fatal({ error }, "failed");
    process.exit(FAILED);
  }
  process.exit(0);
}

/** The life of a service, from its start to its end. */
async function live<T extends TObject>(
  { name, start, resource }: ServiceDefinition<T>,
  config: Static<T> & CommonConfig,
  log: Logger,
  logLines: LogLines,
): Promise<void> {
  const own = Promise.withResolvers<void>();
  const asked = whenAskedToStop({ ...config, asked: own.promise });
  const metrics = new Metrics();
  observeProcess(metrics);
  const where = { "host.name": config.nodeName, "causeway.datacenter": config.datacenter };
  const attributes = { ...where, ...resource?.(config) };
  const told = { service: name, attributes, log, metrics, clock: systemClock };
  const [telemetry, pushed] = await Promise.all([startTelemetry(told), exportMetrics(told)]);
  const readiness = new Readiness();
  const admin = new AdminServer({ address: config.adminAddress, port: config.adminPort, readiness, metrics, log });
  admin.setting("/debug/log-level", logLevelSetting(logLines));
  const started = readiness.task("start");
  const facts = { pid: process.pid, adminPort: await admin.listen() };
  log.info(facts, "starting");
  if (!isLoopback(config.adminAddress)) log.warn({ adminAddress: config.adminAddress, ...facts }, OPEN_ADMIN_PORT);

  const stopping = new AbortController();
  const { signal } = stopping;
  const given = { config, log, logLines, clock: systemClock, readiness, metrics, admin, signal };
  const starting = start({ ...given, askToStop: own.resolve });
  const running = await Promise.race([starting, asked.then(() => undefined)]);
  if (running !== undefined) {
    started.done();
    void readiness.whenReady().then(() => {
      log.info({ ...facts, ...running.facts, seconds: process.uptime() }, "ready");
      logLines.write(config.logLevel);
      releaseStartUpMemorySoon();
    });
    await drain(running, readiness, await asked, config, log);
  }
  stopping.abort();
  // A start that comes to nothing is no failure when the end was asked for meanwhile.
  await stop(running ?? starting.catch(() => ({})), log);
  await Promise.all([
    admin.close(),
    within(TELEMETRY_TIMEOUT_MS, sendRest(telemetry, pushed), "telemetry not sent", log),
  ]);
  log.info("stopped");
}

async function sendRest(...telemetry: readonly { readonly stop: () => Promise<void> }[]): Promise<void> {
  await Promise.all(telemetry.map((each) => each.stop()));
}

async function drain(
  running: Running,
  readiness: Readiness,
  reason: StopReason,
  { drainTimeoutMs }: CommonConfig,
  log: Logger,
): Promise<void> {
  readiness.drain();
  const timeoutMs = reason === "parent gone" ? Math.min(drainTimeoutMs, ORPHAN_DRAIN_MS) : drainTimeoutMs;
  log.info({ reason, timeoutMs }, "draining");
  await within(timeoutMs, running.drain?.(reason), "drain cut short", log);
}

/** Stops a service, one that was still starting included: it may have opened something before it saw the signal. */
async function stop(running: Running | Promise<Running>, log: Logger): Promise<void> {
  const stopped = Promise.resolve(running).then((started) => started.stop?.());
  await within(STOP_TIMEOUT_MS, stopped, "stop cut short", log);
}

/** Waits for `work`, but no longer than `timeoutMs`; on the way out a failure is only told. */
async function within(
  timeoutMs: number,
  work: Promise<void> | undefined,
  cutShort: string,
  log: Logger,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn({ timeoutMs }, cutShort);
      resolve();
    }, timeoutMs);
  });
  try {
    await Promise.race([work, timeout]);
  } catch (error) {
    log.error({ error }, "failed on the way out");
  } finally {
    clearTimeout(timer);
  }
}

/** Whether nobody but this machine can reach an address. */
function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.");
}

function loadOrExit(name: string, schema: TObject): unknown {
  try {
    return loadConfig(schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${name} cannot start with this configuration:\n${error.message}\n`);
    process.exit(BAD_CONFIG);
  }
}

function printHelp(name: string, schema: TObject): never {
  printAndExit(`${name} is told what to do by these variables:\n${describeConfig(schema)}`);
}

function printAndExit(text: string): never {
  process.stdout.write(`${text}\n`);
  process.exit(0);
}

/** After an error that nobody caught nothing can be said of the state; whoever supervises the process starts it anew. */
function exitOnUncaught(log: Logger): void {
  process.on("uncaughtException", (error, origin) => {
    log.fatal({ error, origin }, "failed");
    process.exit(FAILED);
  });
}
