import { type Command, Option } from "commander";
import { AgentClient, type AgentOptions } from "./agent-client.ts";

/** What a command may touch, so that tests can give it something else. */
export type Context = {
  readonly env: NodeJS.ProcessEnv;
  readonly out: (text: string) => void;
  /** Writes what is no text, and ends the line. */
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly err: (text: string) => void;
  readonly readStdin: () => Promise<string>;
  readonly readStdinBytes: () => Promise<Uint8Array>;
};

/** Runs one command line, without the program's own name, and gives its exit status. */
export type RunCommandLine = (given: readonly string[], context: Context) => Promise<number>;

/** The flags that every command which talks to an agent has. */
export type AgentFlags = AgentOptions;

const AGENT_FLAGS = [
  [
    "--http-addr <address>",
    "agent's HTTP address: host:port, a URL or unix:///path (CONSUL_HTTP_ADDR; default 127.0.0.1:8500)",
  ],
  ["--token <secret>", "ACL token (CONSUL_HTTP_TOKEN)"],
  ["--token-file <file>", "file that holds the ACL token (CONSUL_HTTP_TOKEN_FILE)"],
  ["--ca-file <file>", "CA that an agent on HTTPS is checked by (CONSUL_CACERT)"],
  ["--ca-path <folder>", "folder of such CAs (CONSUL_CAPATH)"],
  ["--client-cert <file>", "certificate to show to an agent that asks for one (CONSUL_CLIENT_CERT)"],
  ["--client-key <file>", "its private key (CONSUL_CLIENT_KEY)"],
  ["--tls-server-name <name>", "what the agent's certificate is for (CONSUL_TLS_SERVER_NAME)"],
  ["--datacenter <name>", "datacenter to ask instead of the agent's own"],
  ["--stale", "let any server answer, not only the leader"],
] as const;

/**
 * Gives a command the flags that name the agent and the token; help shows them apart from the command's own.
 *
 * @param own - names of flags, as "datacenter", that the command has with another meaning.
 */
export function withAgentFlags(command: Command, own: readonly string[] = []): Command {
  for (const [flag, meaning] of AGENT_FLAGS) {
    if (own.some((name) => flag.startsWith(`--${name} `))) continue;
    command.addOption(new Option(flag, meaning).helpGroup("Flags of every command that asks an agent:"));
  }
  return command;
}

/** The client that a command's flags ask for. */
export function agentOf(flags: AgentFlags, context: Context): AgentClient {
  return new AgentClient(flags, context.env);
}

/** Collects a flag that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** Reads "key=value" flags into a map; without "=" the value is empty, as in Consul. */
export function pairs(given: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (given ?? []).map((text) => {
      const at = text.indexOf("=");
      return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
