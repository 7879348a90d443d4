import type { Command } from "commander";
import { agentOf, type Context, collect } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { idOrName, rulesArgument } from "./acl-arguments.ts";
import { type Policy, policiesText, policyText, type ShowFlags, show, told, withShowFlags } from "./acl-format.ts";
import { addLookUpCommands } from "./acl-look-up.ts";

type WriteFlags = ShowFlags & {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly rules?: string;
  readonly validDatacenter?: readonly string[];
  /** False of `-no-merge`. */
  readonly merge?: boolean;
};

/** Adds `acl policy`. @see https://developer.hashicorp.com/consul/commands/acl/policy */
export function addAclPolicyCommands(acl: Command, context: Context): void {
  const policy = acl.command("policy").description("rules under a name");
  const written = (command: Command) =>
    withShowFlags(command)
      .option("--description <text>", "what it is for")
      .option("--rules <rules>", "the rules, @FILE for those in a file, or - for standard input")
      .option("--valid-datacenter <name>", "datacenter in which it holds; may be given several times", collect);
  written(policy.command("create"))
    .description("make a policy")
    .option("--name <name>", "its name")
    .action((flags: WriteFlags) => create(flags, context));
  written(policy.command("update"))
    .description("change a policy: what is not given stays, unless -no-merge")
    .option("--id <id>", "its ID, or the beginning of that")
    .option("--name <name>", "its name, or with -id another name for it")
    .option("--no-merge", "replace it as a whole")
    .action((flags: WriteFlags) => update(flags, context));
  addLookUpCommands<Policy>(policy, context, { kind: "policy", all: "policies", one: policyText, list: policiesText });
}

async function create(flags: WriteFlags, context: Context): Promise<void> {
  const { name: Name, description: Description = "", rules = "", validDatacenter: Datacenters = [] } = flags;
  if (Name === undefined) throw new CommandError("Missing require '-name' flag");
  const body = { Name, Description, Rules: await rulesArgument(rules, context), Datacenters };
  const asked = agentOf(flags, context).json<Policy>("PUT", "/v1/acl/policy", body);
  show(await during("Failed to create new policy", asked), policyText, flags, context);
}

async function update(flags: WriteFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const id = await idOrName(agent, "policy", flags);
  const before = await during(
    "Error when retrieving current policy",
    agent.json<Policy>("GET", `/v1/acl/policy/${id}`),
  );
  const kept = flags.merge === false ? { Description: "", Rules: "", Datacenters: [] } : before;
  const body = {
    ID: id,
    Name: flags.name ?? before.Name,
    Description: flags.description ?? kept.Description,
    Rules: flags.rules === undefined ? kept.Rules : await rulesArgument(flags.rules, context),
    Datacenters: flags.validDatacenter ?? kept.Datacenters ?? [],
  };
  const asked = agent.json<Policy>("PUT", `/v1/acl/policy/${id}`, body);
  const after = await during(`Error updating policy ${JSON.stringify(id)}`, asked);
  told("Policy updated successfully", flags, context);
  show(after, policyText, flags, context);
}
