import type { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import type { Context } from "../context.ts";
import { outputFormat } from "../output-format.ts";

/** What `causeway version` and `causeway -version` say of themselves, in the fields of Consul. */
const VERSION = {
  /** The Consul that clients may take this for. */
  Version: "1.8.7",
  Revision: "causeway",
  Prerelease: "",
  RPC: { Default: 2, Min: 2, Max: 3 },
  Causeway: manifest.version,
};

/** Scripts cut the version out of the first line, so that it has to stand where Consul's stands. */
const TEXT = [
  `Consul v${VERSION.Version} (spoken by Causeway v${VERSION.Causeway})`,
  `Protocol ${VERSION.RPC.Default} spoken by default, understands ${VERSION.RPC.Min} to ${VERSION.RPC.Max} (agent will automatically use protocol >2 when speaking to compatible agents)`,
].join("\n");

/** Adds `version`, and `-v` and `-version`. @see https://developer.hashicorp.com/consul/commands/version */
export function addVersionCommand(program: Command, context: Context): void {
  program.version(TEXT, "-v, --version", "print the version");
  program
    .command("version")
    .description("print the version, and which Consul it is like")
    .addOption(outputFormat())
    .addHelpText("after", "\nExample:\n  causeway version -format=json")
    .action(({ format }: { readonly format: string }) => {
      context.out(format === "json" ? JSON.stringify(VERSION, undefined, "\t") : TEXT);
    });
}
