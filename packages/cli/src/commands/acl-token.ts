import type { Command } from "commander";
import type { AgentClient } from "../agent-client.ts";
import { agentOf, type Context, collect } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { fullId, type GrantFlags, grantsAsked, withGrantFlags } from "./acl-arguments.ts";
import { type ShowFlags, show, type Token, tokensText, tokenText, told, withShowFlags } from "./acl-format.ts";

type TokenFlags = ShowFlags &
  GrantFlags & {
    readonly id?: string;
    readonly self?: boolean;
    readonly description?: string;
    readonly roleId?: readonly string[];
    readonly roleName?: readonly string[];
  };

type CreateFlags = TokenFlags & {
  readonly accessor?: string;
  readonly secret?: string;
  readonly local?: boolean;
  readonly expiresTtl?: string;
};

type UpdateFlags = TokenFlags & {
  readonly mergePolicies?: boolean;
  readonly mergeRoles?: boolean;
  readonly mergeServiceIdentities?: boolean;
  readonly mergeNodeIdentities?: boolean;
};

/** Adds `acl token`. @see https://developer.hashicorp.com/consul/commands/acl/token */
export function addAclTokenCommands(acl: Command, context: Context): void {
  const token = acl.command("token").description("what whoever knows a secret may do");
  const written = (command: Command) =>
    withGrantFlags(withShowFlags(command))
      .option("--description <text>", "what it is for")
      .option("--role-id <id>", "role, by its ID or the beginning of that", collect)
      .option("--role-name <name>", "role, by its name", collect);
  written(token.command("create"))
    .description("make a token")
    .option("--accessor <uuid>", "its AccessorID; made up unless given")
    .option("--secret <uuid>", "its SecretID; made up unless given")
    .option("--local", "let it hold in this datacenter only")
    .option("--expires-ttl <duration>", "how long it lasts, from 1m to 24h")
    .action((flags: CreateFlags) => create(flags, context));
  written(token.command("update"))
    .description("change a token: what is given replaces what was there, unless it is merged")
    .option("--id <id>", "its AccessorID, or the beginning of that")
    .option("--merge-policies", "keep the policies that it has")
    .option("--merge-roles", "keep its roles")
    .option("--merge-service-identities", "keep its service identities")
    .option("--merge-node-identities", "keep its node identities")
    .action((flags: UpdateFlags) => update(flags, context));
  withShowFlags(token.command("read"))
    .description("show a token")
    .option("--id <id>", "its AccessorID, or the beginning of that")
    .option("--self", "the token that this command uses")
    .action((flags: TokenFlags) => read(flags, context));
  withShowFlags(token.command("clone"))
    .description("make a token that may do the same")
    .option("--id <id>", "AccessorID of the original, or the beginning of that")
    .option("--description <text>", "what the clone is for; that of the original unless given")
    .action((flags: TokenFlags) => clone(flags, context));
  withShowFlags(token.command("delete"))
    .description("delete a token")
    .option("--id <id>", "its AccessorID, or the beginning of that")
    .action((flags: TokenFlags) => remove(flags, context));
  withShowFlags(token.command("list"))
    .description("list all tokens, without their secrets")
    .action((flags: ShowFlags) => list(flags, context));
}

async function create(flags: CreateFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const {
    accessor: AccessorID = "",
    secret: SecretID = "",
    local: Local = false,
    expiresTtl: ExpirationTTL = "",
  } = flags;
  const grants = { ...(await grantsAsked(agent, flags)), Roles: await rolesAsked(agent, flags) };
  const body = { AccessorID, SecretID, Local, ExpirationTTL, Description: flags.description ?? "", ...grants };
  const asked = agent.json<Token>("PUT", "/v1/acl/token", body);
  show(await during("Failed to create new token", asked), tokenText, flags, context);
}

async function update(flags: UpdateFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const id = await idOf(agent, flags);
  const before = await during("Error when retrieving current token", agent.json<Token>("GET", `/v1/acl/token/${id}`));
  const asked = await grantsAsked(agent, flags);
  const kept = <T>(merge: boolean | undefined, there: readonly T[] = []) => (merge === true ? there : []);
  const body = {
    AccessorID: id,
    Local: before.Local,
    Description: flags.description ?? before.Description,
    Policies: [...kept(flags.mergePolicies, before.Policies), ...asked.Policies],
    Roles: [...kept(flags.mergeRoles, before.Roles), ...(await rolesAsked(agent, flags))],
    ServiceIdentities: [...kept(flags.mergeServiceIdentities, before.ServiceIdentities), ...asked.ServiceIdentities],
    NodeIdentities: [...kept(flags.mergeNodeIdentities, before.NodeIdentities), ...asked.NodeIdentities],
  };
  const after = await during(`Failed to update token ${id}`, agent.json<Token>("PUT", `/v1/acl/token/${id}`, body));
  told("Token updated successfully.", flags, context);
  show(after, tokenText, flags, context);
}

async function rolesAsked(agent: AgentClient, { roleId = [], roleName = [] }: TokenFlags) {
  const ids = await Promise.all(roleId.map((id) => fullId(agent, "role", id)));
  return [...ids.map((ID) => ({ ID })), ...roleName.map((Name) => ({ Name }))];
}

async function read(flags: TokenFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const id = flags.self === true ? "self" : await idOf(agent, flags);
  const found = await during(
    `Error reading token ${JSON.stringify(id)}`,
    agent.json<Token>("GET", `/v1/acl/token/${id}`),
  );
  show(found, tokenText, flags, context);
}

async function clone(flags: TokenFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const id = await idOf(agent, flags);
  const body = { Description: flags.description ?? "" };
  const made = await during("Error cloning token", agent.json<Token>("PUT", `/v1/acl/token/${id}/clone`, body));
  told("Token cloned successfully.", flags, context);
  show(made, tokenText, flags, context);
}

async function remove(flags: TokenFlags, context: Context): Promise<void> {
  const agent = agentOf(flags, context);
  const id = await idOf(agent, flags);
  await during(`Error deleting token ${JSON.stringify(id)}`, agent.json("DELETE", `/v1/acl/token/${id}`));
  context.out(`Token ${JSON.stringify(id)} deleted successfully`);
}

async function list(flags: ShowFlags, context: Context): Promise<void> {
  const asked = agentOf(flags, context).json<Token[]>("GET", "/v1/acl/tokens");
  show(await during("Failed to retrieve the token list", asked), tokensText, flags, context);
}

async function idOf(agent: AgentClient, { id }: TokenFlags): Promise<string> {
  if (id === undefined) throw new CommandError("Must specify the -id parameter");
  return fullId(agent, "token", id);
}
