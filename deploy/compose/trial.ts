import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, temporaryDirectory } from "@causeway/testkit";
import { run } from "../docker/command.ts";
import { BUS_INIT } from "../src/bus-init.ts";
import { readComposeFile } from "../src/compose-file.ts";

const DEPLOY = resolve(import.meta.dirname, "..");

/** The user of the images, who is to read the keys. */
const USER = "65532";

/** A Compose project of its own, made of a copy of this repository's file and of new keys. */
export type Trial = AsyncDisposable & {
  /** Runs `docker compose` with these arguments; gives what it printed. */
  readonly compose: (...args: readonly string[]) => Promise<string>;
  /** What is tried: all services whose images are there or can be fetched. */
  readonly services: readonly string[];
  /** Runs a program of Node's within a running service; gives what it printed. */
  readonly node: (service: string, program: string) => Promise<string>;
  /** Every container of the project, those that have ended too. */
  readonly containers: () => Promise<readonly Container[]>;
};

/** A container, as far as a trial looks at it. */
export type Container = {
  readonly Name: string;
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
  };
};

/**
 * Prepares a project named `causeway-trial`; nothing of it is started yet. Disposing of it removes containers, networks, volumes and keys.
 *
 * @throws Error when `docker compose` cannot be run, or takes the file for wrong.
 */
export async function prepareTrial(): Promise<Trial> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(await temporaryDirectory());
  for (const name of ["compose", "otel", "grafana"]) {
    // Whoever has keys there keeps them.
    const own = (source: string) => source !== join(DEPLOY, "compose/bus") && !source.endsWith(".env");
    await cp(join(DEPLOY, name), join(folder.path, name), { recursive: true, filter: own });
  }
  await makeKeys(join(folder.path, "compose/bus"));
  const file = join(folder.path, "compose/compose.yaml");
  const compose = (...args: readonly string[]) =>
    run("docker", ["compose", "--project-name", "causeway-trial", "--file", file, ...args]);
  await compose("config", "--quiet");
  const services = await servicesToTry(file);
  cleanUp.defer(async () => void (await compose("down", "--volumes", "--timeout=1")));
  const whole = cleanUp.move();
  return {
    compose,
    services,
    node: (service, program) => compose("exec", "--no-TTY", service, "node", "--eval", program),
    containers: async () => {
      const ids = (await compose("ps", "--all", "--quiet")).trim().split("\n");
      return JSON.parse(await run("docker", ["inspect", ...ids])) as readonly Container[];
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

async function makeKeys(bus: string): Promise<void> {
  const cli = fileURLToPath(import.meta.resolve("@causeway/cli/main"));
  await run(process.execPath, [cli, "bus", "init", "-dir", bus, ...BUS_INIT.compose]);
  await run("chown", ["--recursive", `${USER}:${USER}`, bus]);
}

/** What shows metrics and spans is left out where its image is not there: the mesh works without. */
async function servicesToTry(file: string): Promise<readonly string[]> {
  const { services } = await readComposeFile(file);
  const tried: string[] = [];
  for (const [name, { image = "" }] of Object.entries(services)) {
    const there = image.startsWith("causeway/") || (await run("docker", ["image", "inspect", image]).then(yes, no));
    if (there || /\/nats:/.test(image)) tried.push(name);
  }
  return tried;
}

const yes = () => true;
const no = () => false;

/** Asks until it is answered as expected. @throws TestkitError with the last answer. */
export async function answered(url: string, expected: (body: string) => boolean): Promise<string> {
  return await eventually(
    async (signal) => {
      const response = await fetch(url, { signal });
      const body = await response.text();
      if (!response.ok || !expected(body)) throw new Error(`${url} answered ${response.status}: ${body}`);
      return body;
    },
    { timeoutMs: 60_000, intervalMs: 500 },
  );
}
