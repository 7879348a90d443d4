import type { Command } from "commander";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { during } from "../errors.ts";
import { withExamples } from "../examples.ts";
import { formatTable } from "../table.ts";

/** A server that votes, as the agent tells of it. */
type Peer = {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Leader: boolean;
  readonly Voter: boolean;
  readonly ProtocolVersion: string;
};

/** Adds `operator raft list-peers`. @see https://developer.hashicorp.com/consul/commands/operator/raft */
export function addOperatorCommands(program: Command, context: Context): void {
  const operator = program.command("operator").description("tools of those who run the mesh");
  const raft = operator.command("raft").description("the servers that vote; NATS keeps the state, and counts as one");
  const list = withAgentFlags(raft.command("list-peers"))
    .description("list the servers that vote")
    .action((flags: AgentFlags) => listPeers(flags, context));
  withExamples(list, ["causeway operator raft list-peers"]);
}

async function listPeers(flags: AgentFlags, context: Context): Promise<void> {
  const answer = agentOf(flags, context).json<{ readonly Servers: readonly Peer[] }>(
    "GET",
    "/v1/operator/raft/configuration",
  );
  const { Servers } = await during("Error getting peers", answer);
  const rows = Servers.map(({ Node, ID, Address, Leader, Voter, ProtocolVersion }) => [
    Node,
    ID,
    Address,
    Leader ? "leader" : "follower",
    String(Voter),
    ProtocolVersion,
  ]);
  context.out(formatTable([["Node", "ID", "Address", "State", "Voter", "RaftProtocol"], ...rows]));
}
