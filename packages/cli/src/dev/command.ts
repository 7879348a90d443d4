import type { Command } from "commander";
import { type Context, collect, type RunCommandLine } from "../context.ts";
import { CommandError } from "../errors.ts";
import { type DevFlags, devOptions } from "./options.ts";

/** Adds `dev`: a whole mesh on this machine. */
export function addDevCommand(program: Command, context: Context, causeway: RunCommandLine): void {
  program
    .command("dev")
    .description("bring up NATS, every service and a demo mesh on this machine, until Ctrl-C")
    .option("--check", "show the demo, print a table of checks, end everything; exit status 0 when all passed, else 1")
    .option("--empty", "only the control plane and an agent, like `consul agent -dev`")
    .option(
      "--dc, --datacenter <name>",
      "a datacenter; may be given several times, the first is the primary one (default: dc1, and for the demo dc2)",
      collect,
    )
    .option(
      "--http-port <port>",
      "port of the agent's HTTP API, 0 lets the system choose; further datacenters' agents get the ports after it",
      "8500",
    )
    .option("--data-dir <folder>", "keep the state here over restarts; without it each start begins empty")
    .option("--node <name>", "name of this machine in the catalog; its host name when absent")
    .option("--acl", "ask for tokens; every process and command of the demo has one of its own then")
    .option(
      "--acl-default-policy <policy>",
      "what holds where no rule does: allow or deny (default: allow, and for the demo deny)",
    )
    .option(
      "--acl-initial-management-token <secret>",
      "secret of a management token; without it the first one is made by `causeway acl bootstrap`",
    )
    .addHelpText("after", EXAMPLES)
    .action(async (flags: DevFlags) => {
      const options = devOptions(flags, context.env);
      // Loaded only now: other commands need nothing of it and should start fast.
      const { runDev } = await import("./run.ts");
      const passed = await runDev(options, causeway, context);
      if (!passed) throw new CommandError("");
    });
}

const EXAMPLES = `
Examples:
  npm start                                 # the demo in two datacenters, until Ctrl-C
  npm start -- --check                      # the demo, checked
  npm start -- --dc dc1                     # the demo in one datacenter
  npm start -- --acl                        # the demo with ACLs, where nothing is done without a token
  npm start -- --empty --http-port 18500    # an empty mesh of your own; a second one runs beside it on another port
  npm start -- --empty --dc east --dc west  # two datacenters, of which east is the primary one: agents on 8500 and 8501
  npm start -- --empty --acl --acl-default-policy deny  # nothing without a token; causeway acl bootstrap makes the first`;
