import { join } from "node:path";
import { setInterval as every } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { colours } from "../colours.ts";
import type { DevOptions } from "./run.ts";
import type { Supervisor } from "./supervisor.ts";

/** The services that own state, each a process. */
const OWNERS = ["catalog", "ca", "intentions", "config-entries", "federation", "kv"] as const;

/** A control plane and an agent that run on this machine. */
export class ControlPlane {
  readonly httpUrl: string;
  readonly natsUrl: string;
  readonly datacenter: string;

  private constructor(httpUrl: string, natsUrl: string, datacenter: string) {
    this.httpUrl = httpUrl;
    this.natsUrl = natsUrl;
    this.datacenter = datacenter;
  }

  /** Starts NATS, then every service at once; resolves when all are ready. Ended with the supervisor. */
  static async start(supervisor: Supervisor, options: DevOptions, say: (line: string) => void): Promise<ControlPlane> {
    const natsUrl = process.env["CAUSEWAY_NATS_URL"] ?? (await supervisor.startNats());
    const common = {
      CAUSEWAY_NATS_URL: natsUrl,
      CAUSEWAY_DATACENTER: options.datacenter,
      CAUSEWAY_NODE_NAME: options.node,
    };
    const starting = new Set<string>([...OWNERS, "agent"]);
    const start = async (name: string, env: Record<string, string>) => {
      const path = fileURLToPath(import.meta.resolve(`@causeway/${name}/main`));
      const dataDir = join(options.folder, name);
      const facts = await supervisor.start({ name, path, env: { ...common, CAUSEWAY_DATA_DIR: dataDir, ...env } });
      starting.delete(name);
      return facts;
    };
    const progress = new AbortController();
    void reportProgress(starting, say, progress.signal);
    try {
      const owners = OWNERS.map((name) => start(name, {}));
      const [agent] = await Promise.all([start("agent", { CAUSEWAY_HTTP_PORT: String(options.httpPort) }), ...owners]);
      return new ControlPlane(String(agent["url"]), natsUrl, options.datacenter);
    } finally {
      progress.abort();
    }
  }
}

/** Says every few seconds what is still being waited for. */
async function reportProgress(
  starting: ReadonlySet<string>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const seconds = 3;
  try {
    for await (const _ of every(seconds * 1_000, undefined, { signal })) {
      say(colours.dim(`waiting for ${[...starting].join(", ")} …`));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
