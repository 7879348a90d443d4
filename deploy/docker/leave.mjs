/**
 * Takes the gateways that are registered at an address of this container out of the healthy instances before they are stopped, and waits
 * until who dials them has heard: what Kubernetes and Compose run before they send SIGTERM. The registration itself stays, since a gateway
 * goes by it until its last connection has ended; the agent forgets it when the gateway is gone. Exits with 0 whatever comes of it: a
 * gateway that cannot leave must stop all the same.
 *
 * CAUSEWAY_HTTP_ADDR (or CONSUL_HTTP_ADDR) says where the agent is, CAUSEWAY_HTTP_TOKEN_FILE by which token it is asked.
 */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Mirrors hear of a change within milliseconds; this is for those that are busy. */
const SPREAD_MS = 5_000;
const ASK_TIMEOUT_MS = 2_000;

const { CAUSEWAY_HTTP_ADDR, CONSUL_HTTP_ADDR, CAUSEWAY_HTTP_TOKEN_FILE } = process.env;
const agent = CAUSEWAY_HTTP_ADDR ?? CONSUL_HTTP_ADDR ?? "http://127.0.0.1:8500";
const secret = CAUSEWAY_HTTP_TOKEN_FILE ? readFileSync(CAUSEWAY_HTTP_TOKEN_FILE, "utf8").trim() : undefined;

try {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses.map(({ address }) => address));
  const registered = Object.values(await (await ask("GET", "/v1/agent/services")).json());
  const leaving = registered.filter(({ Kind, Address }) => Kind?.endsWith("-gateway") && own.includes(Address));
  for (const { ID } of leaving) {
    await ask("PUT", `/v1/agent/service/maintenance/${encodeURIComponent(ID)}?enable=true&reason=stopping`);
  }
  if (leaving.length > 0) await sleep(SPREAD_MS);
} catch (error) {
  process.stderr.write(`this gateway is still advertised: ${error.cause?.message ?? error.message}\n`);
}

async function ask(method, path) {
  const headers = secret === undefined ? {} : { "X-Consul-Token": secret };
  const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
  const response = await fetch(new URL(path, agent), { method, headers, signal });
  if (!response.ok) throw new Error(`${agent}${path} answered ${response.status}: ${await response.text()}`);
  return response;
}
