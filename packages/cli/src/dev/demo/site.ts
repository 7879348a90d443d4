import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { colours } from "../../colours.ts";
import type { Context, RunCommandLine } from "../../context.ts";
import { CommandError } from "../../errors.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { ReadyFacts, Supervisor } from "../supervisor.ts";

/** What a demo is built with. */
export type DemoTools = {
  readonly supervisor: Supervisor;
  /** Where its definitions and certificates are written, below a folder for each datacenter. */
  readonly folder: string;
  readonly causeway: RunCommandLine;
  readonly context: Context;
};

/** One datacenter of the demo, and what can be started and said there. */
export class Site {
  readonly datacenter: string;
  /** Of its agent. */
  readonly httpUrl: string;
  readonly folder: string;
  readonly #tools: DemoTools;

  private constructor({ datacenter, httpUrl }: ControlPlane, folder: string, tools: DemoTools) {
    this.datacenter = datacenter;
    this.httpUrl = httpUrl;
    this.folder = folder;
    this.#tools = tools;
  }

  /** Makes the folder for its files. */
  static async open(controlPlane: ControlPlane, tools: DemoTools): Promise<Site> {
    const folder = join(tools.folder, controlPlane.datacenter);
    await mkdir(folder, { recursive: true });
    return new Site(controlPlane, folder, tools);
  }

  /** Starts a program of the demo, from `file` beside this one; gives the port that it listens on. */
  async program(name: string, file: string, args: readonly string[]): Promise<number> {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const facts = await this.#tools.supervisor.start({ name: this.#name(name), path, args, env: {} });
    return Number(facts["port"]);
  }

  /** Runs a proxy as a user would, by `causeway connect` in a process of its own; gives the URL of its admin port. */
  async proxy(name: string, ...args: readonly string[]): Promise<string> {
    const path = fileURLToPath(new URL("../../main.ts", import.meta.url));
    const env = { CAUSEWAY_HTTP_ADDR: this.httpUrl, CAUSEWAY_DATA_DIR: join(this.folder, name) };
    this.#say(`$ causeway connect ${args.join(" ")}`);
    const program = { name: this.#name(name), path, args: ["connect", ...args], env };
    const facts: ReadyFacts = await this.#tools.supervisor.start(program);
    return `http://127.0.0.1:${String(facts["adminPort"])}`;
  }

  /** Runs a `causeway` command against the agent; gives what it printed. Throws a CommandError when it fails. */
  async causeway(...args: readonly string[]): Promise<string> {
    const { causeway, context } = this.#tools;
    this.#say(`$ causeway ${args.join(" ")}`);
    const printed: string[] = [];
    const env = { ...context.env, CAUSEWAY_HTTP_ADDR: this.httpUrl };
    const status = await causeway(args, { ...context, env, out: (line) => void printed.push(line) });
    const output = printed.join("\n");
    if (status !== 0) throw new CommandError(`the demo could not run "causeway ${args.join(" ")}"`);
    this.#say(output);
    return output;
  }

  /** Asks the agent by HTTP. */
  async put(path: string, body: unknown): Promise<void> {
    const response = await fetch(new URL(path, this.httpUrl), { method: "PUT", body: JSON.stringify(body) });
    if (!response.ok)
      throw new CommandError(`PUT ${path} was answered with ${response.status}: ${await response.text()}`);
  }

  /** Writes a file into the datacenter's folder; gives its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }

  #name(process: string): string {
    return `${this.datacenter}/${process}`;
  }

  #say(text: string): void {
    for (const line of text.split("\n")) this.#tools.context.err(colours.dim(`${this.datacenter} ${line}`));
  }
}
