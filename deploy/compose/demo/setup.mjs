/**
 * Registers the demo's database, which no agent looks after, and writes the config entries in the folder that the first argument names.
 * What is there already stays as it is, so that it may run at every start.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const agent = process.env.CAUSEWAY_HTTP_ADDR ?? "http://127.0.0.1:8500";
const tokenFile = process.env.CAUSEWAY_HTTP_TOKEN_FILE;
const headers = tokenFile === undefined ? {} : { "X-Consul-Token": readFileSync(tokenFile, "utf8") };

await put("/v1/catalog/register", {
  Node: "external-legacy-db",
  Address: "legacy-db",
  NodeMeta: { "external-node": "true" },
  Service: { ID: "legacy-db", Service: "legacy-db", Port: 5432 },
});
for (const file of readdirSync(folder)) await put("/v1/config", JSON.parse(readFileSync(join(folder, file), "utf8")));

async function put(path, body) {
  const response = await fetch(new URL(path, agent), { method: "PUT", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`PUT ${path} was answered with ${response.status}: ${await response.text()}`);
}
