import type { Command } from "commander";
import { agentOf, type Context } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { type GrantFlags, grantsAsked, idOrName, withGrantFlags } from "./acl-arguments.ts";
import {
  type Grants,
  type Role,
  rolesText,
  roleText,
  type ShowFlags,
  show,
  told,
  withShowFlags,
} from "./acl-format.ts";
import { addLookUpCommands } from "./acl-look-up.ts";

type WriteFlags = ShowFlags &
  GrantFlags & {
    readonly id?: string;
    readonly name?: string;
    readonly description?: string;
    /** False of `-no-merge`. */
    readonly merge?: boolean;
  };

/** Adds `acl role`. @see https://developer.hashicorp.com/consul/commands/acl/role */
export function addAclRoleCommands(acl: Command, context: Context): void {
  const role = acl.command("role").description("policies and identities under a name");
  withGrantFlags(withShowFlags(role.command("create")))
    .description("make a role")
    .option("--name <name>", "its name")
    .option("--description <text>", "what it is for")
    .action((flags: WriteFlags) => create(flags, context));
  withGrantFlags(withShowFlags(role.command("update")))
    .description("change a role: what is not given stays, and what is given is added, unless -no-merge")
    .option("--id <id>", "its ID, or the beginning of that")
    .option("--name <name>", "its name, or with -id another name for it")
    .option("--description <text>", "what it is for")
    .option("--no-merge", "replace it as a whole")
    .action((flags: WriteFlags) => update(flags, context));
  addLookUpCommands<Role>(role, context, { kind: "role", all: "roles", one: roleText, list: rolesText });
}

async function create(flags: WriteFlags, context: Context): Promise<void> {
  const { name: Name, description: Description = "" } = flags;
  if (Name === undefined) throw new CommandError("Missing require '-name' flag");
  const agent = agentOf(flags, context);
  const body = { Name, Description, ...(await grantsAsked(agent, flags)) };
  const asked = agent.json<Role>("PUT", "/v1/acl/role", body);
  show(await during("Failed to create new role", asked), roleText, flags, context);
}

async function update(flags: WriteFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const id = await idOrName(agent, "role", flags);
  const before = await during("Error when retrieving current role", agent.json<Role>("GET", `/v1/acl/role/${id}`));
  const merged = flags.merge !== false;
  const body = {
    ID: id,
    Name: flags.name ?? before.Name,
    Description: flags.description ?? (merged ? before.Description : ""),
    ...joined(merged ? before : {}, await grantsAsked(agent, flags)),
  };
  const after = await during(
    `Error updating role ${JSON.stringify(id)}`,
    agent.json<Role>("PUT", `/v1/acl/role/${id}`, body),
  );
  told("Role updated successfully", flags, context);
  show(after, roleText, flags, context);
}

/** What is there already, and what is added. */
function joined(before: Grants, added: Awaited<ReturnType<typeof grantsAsked>>) {
  return {
    Policies: [...(before.Policies ?? []), ...added.Policies],
    ServiceIdentities: [...(before.ServiceIdentities ?? []), ...added.ServiceIdentities],
    NodeIdentities: [...(before.NodeIdentities ?? []), ...added.NodeIdentities],
  };
}
