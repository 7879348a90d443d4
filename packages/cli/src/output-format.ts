import { Option } from "commander";

/** The flag `-format` of commands that have it in Consul: for people by default, or for programs. */
export function outputFormat(): Option {
  return new Option("--format <format>", "for people or for programs").choices(["pretty", "json"]).default("pretty");
}
