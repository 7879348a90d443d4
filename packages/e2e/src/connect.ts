import { join } from "node:path";
import type { AgentApi } from "./agent-api.ts";
import { CAUSEWAY } from "./command-line.ts";
import type { Place } from "./place.ts";
import { Program } from "./program.ts";

/** Where a proxy starts: the agent that it asks, and the folder below which it keeps what it knows. */
export type ProxyPlace = Place & { readonly agent: AgentApi; readonly folder: string };

/** Folder of what a proxy keeps on disk. */
export function proxyFolder({ folder }: Pick<ProxyPlace, "folder">, id: string): string {
  return join(folder, `proxy-${id}`);
}

/** Runs `causeway connect …`, which becomes the proxy itself; resolves when the proxy is ready. */
export function connect(place: ProxyPlace, id: string, args: readonly string[]): Promise<Program> {
  const env = {
    CONSUL_HTTP_ADDR: new URL(place.agent.url).host,
    CONSUL_HTTP_TOKEN: place.agent.token,
    CAUSEWAY_DATA_DIR: proxyFolder(place, id),
    CAUSEWAY_ADMIN_ADDRESS: place.local,
  };
  return Program.start({ path: CAUSEWAY, args: ["connect", ...args], env, within: place.within });
}
