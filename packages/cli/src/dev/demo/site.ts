import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "@causeway/testkit";
import { colours } from "../../colours.ts";
import type { Context, RunCommandLine } from "../../context.ts";
import { CommandError } from "../../errors.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { ReadyFacts, Supervisor } from "../supervisor.ts";
import type { Privileges } from "./privileges.ts";
import type { Token, Tokens } from "./tokens.ts";

/** A token is known in a datacenter as soon as its agent has heard of it. */
const KNOWN_WITHIN_MS = 30_000;

/** What a demo is built with. */
export type DemoTools = {
  readonly supervisor: Supervisor;
  /** Where its definitions and certificates are written, below a folder for each datacenter. */
  readonly folder: string;
  readonly causeway: RunCommandLine;
  readonly context: Context;
  /** Undefined where ACLs are off. */
  readonly tokens?: Tokens | undefined;
};

/** One datacenter of the demo, and what can be started and said there by somebody: by anyone, or by the holder of a token. */
export class Site {
  readonly datacenter: string;
  /** Of its agent. */
  readonly httpUrl: string;
  readonly folder: string;
  /** By which all is asked; undefined asks as anyone. */
  readonly token: Token | undefined;
  readonly #tools: DemoTools;

  private constructor(
    { datacenter, httpUrl, folder }: Pick<Site, "datacenter" | "httpUrl" | "folder">,
    tools: DemoTools,
    token?: Token,
  ) {
    this.datacenter = datacenter;
    this.httpUrl = httpUrl;
    this.folder = folder;
    this.token = token;
    this.#tools = tools;
  }

  /** Makes the folder for its files. */
  static async open({ datacenter, httpUrl }: ControlPlane, tools: DemoTools): Promise<Site> {
    const folder = join(tools.folder, datacenter);
    await mkdir(folder, { recursive: true });
    return new Site({ datacenter, httpUrl, folder }, tools);
  }

  /** The same place for whoever has these privileges and no others, or for anyone where ACLs are off. */
  async as(privileges: Privileges): Promise<Site> {
    const { tokens } = this.#tools;
    if (tokens === undefined) return this;
    return this.with(await tokens.tokenOf(privileges, this));
  }

  /** The same place for the holder of a token; resolves when its agent knows that. */
  async with(token: Token): Promise<Site> {
    const site = new Site(this, this.#tools, token);
    await eventually(() => site.#knowsItsToken(), { timeoutMs: KNOWN_WITHIN_MS });
    return site;
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
    const env = { ...this.#asking(), CAUSEWAY_DATA_DIR: join(this.folder, name) };
    this.#sayCommand(["connect", ...args]);
    const program = { name: this.#name(name), path, args: ["connect", ...args], env };
    const facts: ReadyFacts = await this.#tools.supervisor.start(program);
    return `http://127.0.0.1:${String(facts["adminPort"])}`;
  }

  /** Runs a `causeway` command against the agent, shows and gives what it printed. Throws a CommandError when it fails. */
  async causeway(...args: readonly string[]): Promise<string> {
    const output = await this.quietly(...args);
    this.#say(output);
    return output;
  }

  /** As `causeway`, but shows nothing of what was printed: it may be a secret. */
  async quietly(...args: readonly string[]): Promise<string> {
    const { causeway, context } = this.#tools;
    this.#sayCommand(args);
    const printed: string[] = [];
    const env = { ...context.env, ...this.#asking() };
    const status = await causeway(args, { ...context, env, out: (line) => void printed.push(line) });
    if (status !== 0) throw new CommandError(`the demo could not run "causeway ${args.join(" ")}"`);
    return printed.join("\n");
  }

  /** Asks the agent by HTTP. */
  async put(path: string, body: unknown): Promise<void> {
    const response = await this.#fetch(path, { method: "PUT", body: JSON.stringify(body) });
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

  async #knowsItsToken(): Promise<void> {
    const { status } = await this.#fetch("/v1/acl/token/self");
    if (status !== 200) throw new Error(`${this.datacenter} does not know the token of ${this.token?.holder} yet`);
  }

  async #fetch(path: string, request: RequestInit = {}): Promise<Response> {
    const secret = this.token === undefined ? undefined : await readFile(this.token.path, "utf8");
    const headers = secret === undefined ? {} : { "X-Consul-Token": secret };
    return fetch(new URL(path, this.httpUrl), { ...request, headers });
  }

  /** What tells a command whom to ask, and by whose token. */
  #asking(): Record<string, string> {
    const tokenFile = this.token === undefined ? {} : { CAUSEWAY_HTTP_TOKEN_FILE: this.token.path };
    return { CAUSEWAY_HTTP_ADDR: this.httpUrl, ...tokenFile };
  }

  #sayCommand(args: readonly string[]): void {
    const holder = this.token === undefined ? "" : `${this.token.holder} `;
    this.#say(`${holder}$ causeway ${args.join(" ")}`);
  }

  #say(text: string): void {
    for (const line of text.split("\n")) this.#tools.context.err(colours.dim(`${this.datacenter} ${line}`));
  }
}
