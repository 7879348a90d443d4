import type { Command } from "commander";
import { type Context, collect } from "../context.ts";
import { withExamples } from "../examples.ts";
import type { CaFlags } from "../tls-ca.ts";
import type { CertFlags } from "../tls-cert.ts";

/**
 * Adds `tls ca create` and `tls cert create`. What they do is loaded only when they run: no other command signs anything.
 *
 * @see https://developer.hashicorp.com/consul/commands/tls
 */
export function addTlsCommands(program: Command, context: Context): void {
  const tls = program
    .command("tls")
    .description(
      "make certificates for the HTTPS of agents and the TLS of NATS servers; those of the mesh make themselves",
    );
  withExamples(tls, [
    "causeway tls ca create",
    "causeway tls ca create -domain=example -name-constraint -additional-name-constraint=example.com",
    "causeway tls cert create -server -dc=dc1 -node=agent-1 -additional-ipaddress=10.0.0.7",
    "causeway tls cert create -client",
    "causeway tls cert create -cli",
  ]);
  addCaCreate(tls, context);
  addCertCreate(tls, context);
}

function addCaCreate(tls: Command, context: Context): void {
  tls
    .command("ca")
    .description("make the authority that signs such certificates")
    .command("create")
    .description("write <domain>-agent-ca.pem and its key into this folder; files that are there stay as they are")
    .option("--days <number>", "how long it is valid", "1825")
    .option("--domain <domain>", "what the names of servers end in", "consul")
    .option("--name-constraint", "let it name nothing but localhost and what is in -domain")
    .option(
      "--additional-name-constraint <domain>",
      "with -name-constraint: this too; may be given several times",
      collect,
    )
    .action(async (flags: CaFlags) => {
      const { createCa } = await import("../tls-ca.ts");
      await createCa(flags, context);
    });
}

function addCertCreate(tls: Command, context: Context): void {
  tls
    .command("cert")
    .description("make certificates that the authority has signed")
    .command("create")
    .description(
      "write <datacenter>-<use>-<domain>-<number>.pem and its key into this folder, with a number not used yet",
    )
    .option("--server", "for an agent on HTTPS, or a NATS server")
    .option("--client", "for a client that may also be a server, such as an agent behind a NATS server")
    .option("--cli", "for this command, where the agent asks clients for certificates")
    .option("--ca <file>", "the authority; #DOMAIN# stands for -domain", "#DOMAIN#-agent-ca.pem")
    .option("--key <file>", "the authority's key", "#DOMAIN#-agent-ca-key.pem")
    .option("--days <number>", "how long it is valid", "365")
    .option("--dc <datacenter>", "the datacenter that it is for", "dc1")
    .option("--domain <domain>", "what its names end in", "consul")
    .option("--node <name>", "with -server: the name <name>.server.<datacenter>.<domain> as well")
    .option("--additional-dnsname <name>", "a further name; may be given several times", collect)
    .option("--additional-ipaddress <address>", "a further address; may be given several times", collect)
    .action(async (flags: CertFlags) => {
      const { createCert } = await import("../tls-cert.ts");
      await createCert(flags, context);
    });
}
