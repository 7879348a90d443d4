import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError, during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { type ShowFlags, show, type Token, tokenText, withShowFlags } from "./acl-format.ts";
import { addAclPolicyCommands } from "./acl-policy.ts";
import { addAclRoleCommands } from "./acl-role.ts";
import { addAclTokenCommands } from "./acl-token.ts";

/** Adds `acl bootstrap|policy|role|token|set-agent-token`. @see https://developer.hashicorp.com/consul/commands/acl */
export function addAclCommands(program: Command, context: Context): void {
  const acl = program.command("acl").description("say who may do what in the control plane");
  withExamples(acl, [
    "causeway acl bootstrap",
    "causeway acl policy create -name web -rules @web.hcl",
    `causeway acl policy create -name read -rules 'service_prefix "" { policy = "read" }'`,
    "causeway acl policy update -name web -rules @web.hcl",
    "causeway acl policy read -name web",
    "causeway acl policy list",
    "causeway acl policy delete -name web",
    "causeway acl role create -name web -policy-name web -service-identity web:dc1",
    "causeway acl role update -name web -node-identity n1:dc1",
    "causeway acl role read -name web",
    "causeway acl role list",
    "causeway acl role delete -name web",
    "causeway acl token create -description web -policy-name web -expires-ttl 8h",
    "causeway acl token update -id 986193b5 -policy-name read -merge-policies",
    "causeway acl token read -self -format=json",
    "causeway acl token clone -id 986193b5 -description 'for the other team'",
    "causeway acl token list",
    "causeway acl token delete -id 986193b5",
    "causeway acl set-agent-token default 5a0c1c9e-…",
  ]);
  withShowFlags(acl.command("bootstrap"))
    .description("make the first management token, once")
    .action((flags: ShowFlags) => bootstrap(flags, context));
  addAclPolicyCommands(acl, context);
  addAclRoleCommands(acl, context);
  addAclTokenCommands(acl, context);
  withAgentFlags(acl.command("set-agent-token <which> [secret]"))
    .description("set a token of this agent, for good where it keeps them: default is that of requests that show none")
    .action((which: string, secret: string | undefined, flags: AgentFlags) => setToken(which, secret, flags, context));
}

async function bootstrap(flags: ShowFlags, context: Context): Promise<void> {
  const asked = agentOf(flags, context).json<Token>("PUT", "/v1/acl/bootstrap");
  show(await during("Failed ACL bootstrapping", asked), tokenText, flags, context);
}

/** What the agent calls those that the command has a shorter name for. */
const AGENT_TOKENS: Readonly<Record<string, string>> = {
  default: "default",
  agent: "agent",
  master: "agent_master",
  replication: "replication",
};

async function setToken(which: string, secret: string | undefined, flags: AgentFlags, context: Context): Promise<void> {
  const name = AGENT_TOKENS[which];
  if (name === undefined) throw new CommandError("Unknown token type");
  const asked = agentOf(flags, context).json("PUT", `/v1/agent/token/${name}`, { Token: secret ?? "" });
  await during("Failed to set ACL token", asked);
  context.out(`ACL token ${JSON.stringify(which)} set successfully`);
}
