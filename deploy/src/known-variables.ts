import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "../docker/command.ts";

const SERVICES = resolve(import.meta.dirname, "../../services");

/** What the `causeway` command reads besides what it hands on to the proxy that it becomes. */
const OF_THE_COMMAND = ["CAUSEWAY_HTTP_ADDR", "CAUSEWAY_HTTP_TOKEN_FILE"];

/** What Node itself reads. */
const OF_NODE = ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"];

/** Every service, by the name of its folder. */
export const SERVICE_NAMES: readonly string[] = readdirSync(SERVICES);

/** Variables that each image knows, by the service or `cli`; those of OpenTelemetry are not among them. */
export type KnownVariables = ReadonlyMap<string, ReadonlySet<string>>;

/** Asks every service for its variables, which it lists by `--help`. */
export async function knownVariables(): Promise<KnownVariables> {
  const known = new Map<string, ReadonlySet<string>>();
  for (const service of SERVICE_NAMES) {
    const help = await run(process.execPath, [`${SERVICES}/${service}/src/main.ts`, "--help"]);
    const listed = [...help.matchAll(/^ {2}(CAUSEWAY_\w+) \(/gm)].map(([, name = ""]) => name);
    known.set(service, new Set([...listed, ...OF_NODE]));
  }
  const ofProxies = ["terminating-gateway", "mesh-gateway", "ingress-gateway", "sidecar-proxy"].flatMap((proxy) => [
    ...(known.get(proxy) ?? []),
  ]);
  return known.set("cli", new Set([...ofProxies, ...OF_THE_COMMAND]));
}

/** Whether any process reads a variable of this name by a standard of its own. */
export function isStandardVariable(name: string): boolean {
  return name.startsWith("OTEL_");
}
