import type { Command } from "commander";
import type { BusFlags } from "../bus/init.ts";
import { type Context, collect } from "../context.ts";
import { withExamples } from "../examples.ts";

/** Adds `bus init`. What makes keys and certificates is loaded only when it runs. */
export function addBusCommands(program: Command, context: Context): void {
  const bus = program
    .command("bus")
    .description("secure the bus: users of NATS with their permissions, TLS, and the servers' configuration");
  bus
    .command("init")
    .description(
      "write below one folder what NATS servers and services need: <datacenter>/nats.conf, users.conf, server.pem, ca.pem, and <service>.nk",
    )
    .option("--dir <folder>", "where it is written", "bus")
    .option(
      "--dc, --datacenter <name>",
      "a datacenter; may be given several times, the first is the primary one (default: dc1)",
      collect,
    )
    .option(
      "--host [datacenter=]<name>",
      "a name or an address by which NATS servers are reached, of one datacenter or of all; beside localhost, nats and nats-<datacenter>",
      collect,
    )
    .option("--server-dir <folder>", "where the servers find these files, if elsewhere; #DC# stands for the datacenter")
    .option(
      "--store-dir <folder>",
      "where they keep the state; #DC# stands for the datacenter (default: beside the files)",
    )
    .option("--listen <address:port>", "where they listen for clients", "0.0.0.0:4222")
    .option("--leaf-listen <address:port>", "where those of the primary listen for other datacenters", "0.0.0.0:7422")
    .option(
      "--leaf-address <host:port>",
      "where the others find that, also told to them (default: port 7422 of nats-<primary>)",
    )
    .option(
      "--monitor <address:port>",
      "where servers show their monitoring pages, to whoever asks; nowhere when absent",
    )
    .option(
      "--cluster-route [datacenter=]<host:port>",
      "a server of a cluster of several; give each. They take their names from $HOSTNAME",
      collect,
    )
    .option("--days <number>", "how long the servers' certificates are valid", "825")
    .option("--update", "keep the keys that are there; write permissions, configuration and certificates anew")
    .option("--force", "make new keys too: nobody is let in before having them")
    .option("--json", "tell what was made in JSON")
    .action(async (flags: BusFlags) => {
      const { runBusInit } = await import("../bus/init.ts");
      await runBusInit(flags, context);
    });
  withExamples(bus, [
    "causeway bus init                                        # one datacenter on this machine, in ./bus/dc1",
    "causeway bus init -dir /etc/causeway/bus -dc dc1 -dc dc2 -host dc1=nats.example.com -leaf-address nats.example.com:7422",
    "causeway bus init -server-dir /etc/nats -store-dir /data -host '*.nats' -cluster-route nats-0.nats:6222 -cluster-route nats-1.nats:6222",
    "causeway bus init -update -dc dc1 -dc dc2                # after an upgrade: its permissions, the same keys",
  ]);
}
