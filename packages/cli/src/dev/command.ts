import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { Context, RunCommandLine } from "../context.ts";
import { CommandError } from "../errors.ts";
import type { DevOptions } from "./run.ts";

type DevFlags = {
  readonly check?: boolean;
  readonly empty?: boolean;
  readonly httpPort: string;
  readonly dataDir?: string;
  readonly node?: string;
  readonly datacenter: string;
};

const MAX_PORT = 65_535;

/** Adds `dev`: a whole mesh on this machine. */
export function addDevCommand(program: Command, context: Context, causeway: RunCommandLine): void {
  program
    .command("dev")
    .description("bring up NATS, every service and a demo mesh on this machine, until Ctrl-C")
    .option("--check", "show the demo, print a table of checks, end everything; exit status 0 when all passed, else 1")
    .option("--empty", "only the control plane and an agent, like `consul agent -dev`")
    .option("--http-port <port>", "port of the agent's HTTP API; 0 lets the system choose", "8500")
    .option("--data-dir <folder>", "keep the state here over restarts; without it each start begins empty")
    .option("--node <name>", "name of this machine in the catalog; its host name when absent")
    .option("--datacenter <name>", "name of the datacenter", "dc1")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: DevFlags) => {
      // Loaded only now: other commands need nothing of it and should start fast.
      const { runDev } = await import("./run.ts");
      const passed = await runDev(optionsOf(flags), causeway, context);
      if (!passed) throw new CommandError("");
    });
}

const EXAMPLES = `
Examples:
  npm start                                 # the demo, until Ctrl-C
  npm start -- --check                      # the demo, checked
  npm start -- --empty --http-port 18500    # an empty mesh of your own; a second one runs beside it on another port`;

function optionsOf(flags: DevFlags): DevOptions {
  const httpPort = Number(flags.httpPort);
  if (!Number.isInteger(httpPort) || httpPort < 0 || httpPort > MAX_PORT) {
    throw new CommandError(`--http-port must be a number from 0 to ${MAX_PORT}, not "${flags.httpPort}"`);
  }
  if (flags.check === true && flags.empty === true)
    throw new CommandError("--check checks the demo, which --empty leaves out");
  return {
    mode: flags.empty === true ? "empty" : flags.check === true ? "check" : "demo",
    httpPort,
    folder: resolve(flags.dataDir ?? join(".causeway", "dev", String(process.pid))),
    keep: flags.dataDir !== undefined,
    node: flags.node,
    datacenter: flags.datacenter,
  };
}
