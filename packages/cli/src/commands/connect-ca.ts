import type { Reply } from "@causeway/model";
import type { Command } from "commander";
import { readConfigFile } from "../config-file.ts";
import { type AgentFlags, agentOf, type Context, withAgentFlags } from "../context.ts";
import { CommandError } from "../errors.ts";
import { withExamples } from "../examples.ts";

type SetFlags = AgentFlags & { readonly configFile?: string; readonly forceWithoutCrossSigning?: boolean };

/** Adds `connect ca get-config|set-config`. @see https://developer.hashicorp.com/consul/commands/connect/ca */
export function addConnectCaCommands(connect: Command, context: Context): void {
  const ca = connect.command("ca").description("show and change how the mesh's certificates are signed");
  withExamples(ca, [
    "causeway connect ca get-config",
    "causeway connect ca set-config -config-file ca.json",
    "causeway connect ca rotate-seal-key",
  ]);

  withAgentFlags(ca.command("get-config"))
    .description("print the CA's configuration as JSON")
    .action(async (flags: AgentFlags) => {
      const configuration = await agentOf(flags, context).json<unknown>("GET", "/v1/connect/ca/configuration");
      context.out(JSON.stringify(configuration, undefined, "\t"));
    });
  withAgentFlags(ca.command("set-config"))
    .description("change the CA's configuration; a new key means a new root, cross-signed by the old one")
    .option("--config-file <file>", 'JSON or HCL file, or "-"')
    .option("--force-without-cross-signing", "rotate at once even if that breaks open connections")
    .action((flags: SetFlags) => set(flags, context));
  withAgentFlags(ca.command("rotate-seal-key"))
    .description("replace the key that the CA of a datacenter seals its own with")
    .option("--forget-older", "remove the keys before it instead, once its copy is safe")
    .action((flags: SealKeyFlags) => rotateSealKey(flags, context));
}

type SealKeyFlags = AgentFlags & { readonly forgetOlder?: boolean };
type SealKeys = Reply<"ca.rotate-seal-key">;

async function rotateSealKey(flags: SealKeyFlags, context: Context): Promise<void> {
  const query = flags.forgetOlder === true ? "?forget-older" : "";
  const said = await agentOf(flags, context).json<SealKeys>("PUT", `/v1/connect/ca/seal-key${query}`);
  const { SealKeyID, Resealed, OlderSealKeyIDs, ForgottenSealKeyIDs } = said;
  context.out(`Sealed with ${SealKeyID}, ${Resealed} of it anew`);
  for (const id of OlderSealKeyIDs) context.out(`Older key ${id} still opens what it has sealed, such as in snapshots`);
  for (const id of ForgottenSealKeyIDs) context.out(`Forgot ${id}: a copy of it opens snapshots from before`);
}

async function set(flags: SetFlags, context: Context): Promise<void> {
  if (flags.configFile === undefined) throw new CommandError("The -config-file flag is required");
  const { value: given } = await readConfigFile(flags.configFile, context);
  const forced = flags.forceWithoutCrossSigning === true ? { ForceWithoutCrossSigning: true } : {};
  await agentOf(flags, context).json("PUT", "/v1/connect/ca/configuration", { ...given, ...forced });
  context.out("Configuration updated!");
}
