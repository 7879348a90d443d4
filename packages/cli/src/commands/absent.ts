import type { Command } from "commander";
import { CommandError } from "../errors.ts";

/** Consul's commands that have no meaning here, and what to do instead. */
const ABSENT: Readonly<Record<string, string>> = {
  debug: "there is nothing to capture: look at the metrics and `/debug` pages on the admin port of each service",
  exec: "it runs nothing on other machines: use ssh, or watch a key with `causeway watch`",
  join: "agents do not gossip: an agent belongs to the datacenter whose NATS server it is configured with",
  keygen: "there is no gossip to encrypt: give the NATS servers certificates, see `causeway tls`",
  keyring: "there is no gossip to encrypt: give the NATS servers certificates, see `causeway tls`",
  license: "there is no Enterprise edition: nothing needs a licence",
  lock: "use a session: `PUT /v1/session/create`, then `PUT /v1/kv/<key>?acquire=<session>`",
  peering: "datacenters are joined by NATS leaf nodes, see docs/mesh-gateways.md",
  rtt: "there are no network coordinates: measure with ping",
};

/** Adds what Consul has and a mesh over NATS does not need: each says why, and what to use instead, with exit status 1. */
export function addAbsentCommands(program: Command): void {
  for (const [name, instead] of Object.entries(ABSENT)) {
    program
      .command(`${name} [anything...]`, { hidden: true })
      .description(`not applicable: ${instead}`)
      .allowUnknownOption()
      .action(() => {
        throw new CommandError(`causeway ${name} is not applicable: ${instead}`);
      });
  }
}
