/**
 * Takes a gateway out of the catalog's healthy instances before it is stopped, and waits until who dials it has heard: what Kubernetes and
 * Compose run before they send SIGTERM. The registration itself stays, since the gateway goes by it until its last connection has ended;
 * the agent forgets it when it is gone. Exits with 0 whatever comes of it: a gateway that cannot leave must stop all the same.
 *
 * CAUSEWAY_HTTP_ADDR (or CONSUL_HTTP_ADDR) says where the agent is, CAUSEWAY_HTTP_TOKEN_FILE by which token it is asked,
 * CAUSEWAY_PROXY_ID which instance this is.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Mirrors hear of a change within milliseconds; this is for those that are busy. */
const SPREAD_MS = 5_000;
const ASK_TIMEOUT_MS = 3_000;

const { CAUSEWAY_HTTP_ADDR, CONSUL_HTTP_ADDR, CAUSEWAY_HTTP_TOKEN_FILE, CAUSEWAY_PROXY_ID: id } = process.env;
const agent = CAUSEWAY_HTTP_ADDR ?? CONSUL_HTTP_ADDR ?? "http://127.0.0.1:8500";

try {
  if (id === undefined) throw new Error("CAUSEWAY_PROXY_ID is not set");
  const path = `/v1/agent/service/maintenance/${encodeURIComponent(id)}?enable=true&reason=stopping`;
  const headers = CAUSEWAY_HTTP_TOKEN_FILE
    ? { "X-Consul-Token": readFileSync(CAUSEWAY_HTTP_TOKEN_FILE, "utf8").trim() }
    : {};
  const response = await fetch(new URL(path, agent), {
    method: "PUT",
    headers,
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${agent} answered ${response.status}: ${await response.text()}`);
  await sleep(SPREAD_MS);
} catch (error) {
  process.stderr.write(`${id} is still advertised: ${error.message}\n`);
}
