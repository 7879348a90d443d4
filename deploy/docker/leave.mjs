/**
 * Takes the gateway of this container out of the healthy instances before it is stopped, and waits until who dials it has heard: what
 * Kubernetes and Compose run before they send SIGTERM. The registration itself stays, since a gateway goes by it until its last connection
 * has ended; the agent forgets it when the gateway is gone. Exits with 0 whatever comes of it: a gateway that cannot leave must stop all
 * the same.
 *
 * Which instance it is, and by which token it was registered, stands in the environment of the gateway itself, process 1.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Mirrors hear of a change within milliseconds; this is for those that are busy. */
const SPREAD_MS = 5_000;
const ASK_TIMEOUT_MS = 4_000;

try {
  const env = new Map(
    readFileSync("/proc/1/environ", "utf8")
      .split("\0")
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  await leave(env);
  await sleep(SPREAD_MS);
} catch (error) {
  process.stderr.write(`this gateway is still advertised: ${error.cause?.message ?? error.message}\n`);
}

async function leave(env) {
  const id = env.get("CAUSEWAY_PROXY_ID");
  if (id === undefined) throw new Error("process 1 is no gateway that has registered: it has no CAUSEWAY_PROXY_ID");
  const agent = env.get("CAUSEWAY_HTTP_ADDR") ?? env.get("CONSUL_HTTP_ADDR") ?? "http://127.0.0.1:8500";
  const token = env.get("CAUSEWAY_ACL_TOKEN");
  const path = `/v1/agent/service/maintenance/${encodeURIComponent(id)}?enable=true&reason=stopping`;
  const response = await fetch(new URL(path, agent), {
    method: "PUT",
    headers: token === undefined ? {} : { "X-Consul-Token": token },
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${agent}${path} answered ${response.status}: ${await response.text()}`);
}
