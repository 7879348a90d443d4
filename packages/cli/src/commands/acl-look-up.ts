import type { Command } from "commander";
import { agentOf, type Context } from "../context.ts";
import { during } from "../errors.ts";
import { idOrName } from "./acl-arguments.ts";
import { type ShowFlags, show, withShowFlags } from "./acl-format.ts";

/** What commands look up by ID or by name, and how it is shown. */
export type Named<T> = {
  readonly kind: "policy" | "role";
  /** Several of them, as in the agent's paths. */
  readonly all: "policies" | "roles";
  readonly one: (found: T, meta: boolean) => string;
  readonly list: (found: readonly T[], meta: boolean) => string;
};

type LookUpFlags = ShowFlags & { readonly id?: string; readonly name?: string };

/** Adds `read`, `delete` and `list`, which are alike for all that has an ID and a name. */
export function addLookUpCommands<T>(command: Command, context: Context, named: Named<T>): void {
  const { kind, all } = named;
  const byIdOrName = (verb: string, act: (flags: LookUpFlags) => Promise<void>) =>
    withShowFlags(command.command(verb))
      .description(`${verb} a ${kind}`)
      .option("--id <id>", "its ID, or the beginning of that")
      .option("--name <name>", "its name")
      .action(act);
  byIdOrName("read", async (flags) => {
    const { id, path, agent } = await found(kind, flags, context);
    show(await during(`Error reading ${kind} ${id}`, agent.json<T>("GET", path)), named.one, flags, context);
  });
  byIdOrName("delete", async (flags) => {
    const { id, path, agent } = await found(kind, flags, context);
    await during(`Error deleting ${kind} ${id}`, agent.json("DELETE", path));
    context.out(`${kind === "policy" ? "Policy" : "Role"} ${id} deleted successfully`);
  });
  withShowFlags(command.command("list"))
    .description(`list all ${all}`)
    .action(async (flags: ShowFlags) => {
      const asked = agentOf(flags, context).json<T[]>("GET", `/v1/acl/${all}`);
      show(await during(`Failed to retrieve the ${kind} list`, asked), named.list, flags, context);
    });
}

async function found(kind: Named<unknown>["kind"], flags: LookUpFlags, context: Context) {
  const agent = agentOf(flags, context);
  const id = await idOrName(agent, kind, flags);
  return { agent, id: JSON.stringify(id), path: `/v1/acl/${kind}/${id}` };
}
