/**
 * Tells the mesh what the holder of each secret may do: for each policy in the folders that follow the first argument, a policy and a token
 * of its name, whose secret is in the folder that the first argument names. What is there already stays, so that it may run at every start.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const [secrets, ...folders] = process.argv.slice(2);
const agent = process.env.CAUSEWAY_HTTP_ADDR ?? "http://127.0.0.1:8500";
const management = secretOf("management");

const known = new Set((await ask("GET", "/v1/acl/policies", management)).map(({ Name }) => Name));
const tokens = new Set((await ask("GET", "/v1/acl/tokens", management)).map(({ Description }) => Description));
for (const folder of folders) {
  for (const file of readdirSync(folder)) {
    const Name = basename(file, ".hcl");
    const Rules = readFileSync(join(folder, file), "utf8");
    if (!known.has(Name)) await ask("PUT", "/v1/acl/policy", management, { Name, Rules });
    if (tokens.has(Name)) continue;
    const token = { Description: Name, SecretID: secretOf(Name), Policies: [{ Name }] };
    await ask("PUT", "/v1/acl/token", management, token);
  }
}

function secretOf(holder) {
  return readFileSync(join(secrets, `${holder}.token`), "utf8");
}

async function ask(method, path, token, body) {
  const headers = { "X-Consul-Token": token };
  const response = await fetch(new URL(path, agent), { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
  return await response.json();
}
