import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@causeway/testkit";
import { colours } from "../../colours.ts";
import type { Context, RunCommandLine } from "../../context.ts";
import { CommandError } from "../../errors.ts";
import { formatTable } from "../../table.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { ReadyFacts, Supervisor } from "../supervisor.ts";
import { writeCertificates } from "./certificates.ts";
import { type DemoFacts, demoChecks } from "./checks.ts";
import { externalRegistration, gatewayFile, serviceFile } from "./definitions.ts";
import { explanation } from "./explanation.ts";

/** The gateway of the demo, by name. */
const GATEWAY = "demo-gateway";

/** A demo mesh that runs. */
export type Demo = {
  /** Sends real requests, prints what happened, and is true when all went as it should. */
  check(): Promise<boolean>;
  /** Prints what runs where, and what to try. */
  explain(): void;
};

/** What the demo is built with. */
type Parts = {
  readonly supervisor: Supervisor;
  readonly controlPlane: ControlPlane;
  /** Where its definitions and certificates are written. */
  readonly folder: string;
  readonly causeway: RunCommandLine;
  readonly context: Context;
};

/** Starts two external services, two services with sidecars and a terminating gateway, each in its own process, and links them. */
export async function startDemo(parts: Parts): Promise<Demo> {
  const { supervisor, folder, context } = parts;
  await mkdir(folder, { recursive: true });
  context.err(
    colours.dim(
      "Starting the demo mesh: web and report with sidecars, billing and legacy-db outside, a gateway between",
    ),
  );
  const facts = await new DemoMesh(parts).start();
  return {
    check: () => runChecks(facts, context),
    explain: () => context.out(explanation(facts, supervisor.processes(), folder)),
  };
}

class DemoMesh {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async start(): Promise<DemoFacts> {
    const files = await writeCertificates(this.#parts.folder);
    const [billing, database, ports] = await Promise.all([
      this.#program("billing", "external-https.ts", [files.ca, files.serverCert, files.serverKey]),
      this.#program("legacy-db", "external-tcp.ts", []),
      Promise.all(Array.from({ length: 7 }, () => freePort())),
    ]);
    const [
      gatewayPort = 0,
      webSidecar = 0,
      reportSidecar = 0,
      webBilling = 0,
      webDatabase = 0,
      reportBilling = 0,
      reportDatabase = 0,
    ] = ports;
    const webUpstreams = { billing: webBilling, "legacy-db": webDatabase };
    const reportUpstreams = { billing: reportBilling, "legacy-db": reportDatabase };
    const [web, report] = await Promise.all([
      this.#program("web", "app.ts", [JSON.stringify(webUpstreams)]),
      this.#program("report", "app.ts", [JSON.stringify(reportUpstreams)]),
    ]);

    await this.#put("/v1/catalog/register", externalRegistration("billing", "127.0.0.1", portOf(billing)));
    await this.#put("/v1/catalog/register", externalRegistration("legacy-db", "localhost", portOf(database)));
    await this.#causeway("config", "write", await this.#file("gateway.hcl", gatewayFile(GATEWAY, files)));
    await this.#causeway("intention", "create", "-replace", "-deny", "*", "*");
    await this.#causeway("intention", "create", "-replace", "-allow", "web", "billing");
    await this.#causeway("intention", "create", "-replace", "-allow", "web", "legacy-db");
    const services = [
      { name: "web", port: portOf(web), sidecarPort: webSidecar, upstreams: webUpstreams },
      { name: "report", port: portOf(report), sidecarPort: reportSidecar, upstreams: reportUpstreams },
    ];
    for (const service of services) {
      await this.#causeway("services", "register", await this.#file(`${service.name}.hcl`, serviceFile(service)));
    }
    const [gateway] = await Promise.all([
      this.#proxy(
        GATEWAY,
        "gateway",
        "-gateway=terminating",
        "-register",
        "-service",
        GATEWAY,
        "-address",
        `127.0.0.1:${gatewayPort}`,
      ),
      this.#proxy("web-sidecar-proxy", "proxy", "-sidecar-for", "web"),
      this.#proxy("report-sidecar-proxy", "proxy", "-sidecar-for", "report"),
    ]);
    return {
      httpUrl: this.#parts.controlPlane.httpUrl,
      gateway: GATEWAY,
      gatewayAdmin: `http://127.0.0.1:${String(gateway["adminPort"])}`,
      webUrl: `http://127.0.0.1:${portOf(web)}`,
      webUpstreams,
      reportUpstreams,
      reportUrl: `http://127.0.0.1:${portOf(report)}`,
      causeway: (...args) => this.#causeway(...args),
    };
  }

  #program(name: string, file: string, args: readonly string[]): Promise<ReadyFacts> {
    return this.#parts.supervisor.start({ name, path: fileURLToPath(new URL(file, import.meta.url)), args, env: {} });
  }

  /** Runs a proxy as a user would, by the command itself in a process of its own. */
  #proxy(name: string, ...args: readonly string[]): Promise<ReadyFacts> {
    const path = fileURLToPath(new URL("../../main.ts", import.meta.url));
    const env = {
      CAUSEWAY_HTTP_ADDR: this.#parts.controlPlane.httpUrl,
      CAUSEWAY_DATA_DIR: join(this.#parts.folder, name),
    };
    this.#parts.context.err(colours.dim(`$ causeway connect ${args.join(" ")}`));
    return this.#parts.supervisor.start({ name, path, args: ["connect", ...args], env });
  }

  async #causeway(...args: readonly string[]): Promise<void> {
    this.#parts.context.err(colours.dim(`$ causeway ${args.join(" ")}`));
    const env = { ...this.#parts.context.env, CAUSEWAY_HTTP_ADDR: this.#parts.controlPlane.httpUrl };
    const status = await this.#parts.causeway(args, {
      ...this.#parts.context,
      env,
      out: (line) => this.#parts.context.err(colours.dim(line)),
    });
    if (status !== 0) throw new CommandError(`the demo could not run "causeway ${args.join(" ")}"`);
  }

  async #put(path: string, body: unknown): Promise<void> {
    const response = await fetch(new URL(path, this.#parts.controlPlane.httpUrl), {
      method: "PUT",
      body: JSON.stringify(body),
    });
    if (!response.ok)
      throw new CommandError(`PUT ${path} was answered with ${response.status}: ${await response.text()}`);
  }

  async #file(name: string, text: string): Promise<string> {
    const path = join(this.#parts.folder, name);
    await writeFile(path, text);
    return path;
  }
}

async function runChecks(facts: DemoFacts, context: Context): Promise<boolean> {
  const rows: string[][] = [];
  let passed = true;
  for (const { name, run } of demoChecks(facts)) {
    const outcome = await run().then(
      (detail) => ({ ok: true, detail }),
      (error: Error) => ({ ok: false, detail: error.message }),
    );
    passed &&= outcome.ok;
    rows.push([outcome.ok ? "ok" : "FAILED", name, outcome.detail]);
  }
  const [heading = "", ...lines] = formatTable([["", "What was tried", "What happened"], ...rows]).split("\n");
  const colour = (line: string) => (line.startsWith("ok") ? colours.green(line) : colours.red(line));
  context.out([colours.bold(heading), ...lines.map(colour)].join("\n"));
  return passed;
}

function portOf(facts: ReadyFacts): number {
  return Number(facts["port"]);
}
