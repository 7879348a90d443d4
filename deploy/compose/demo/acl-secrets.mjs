/**
 * Makes what acl.yaml mounts, in the folder `acl` beside it: the secret of a token for each policy and of the management token, those that
 * processes take as variables, and the definitions of services with the tokens that they are registered by. What is there stays:
 *
 *   node deploy/compose/demo/acl-secrets.mjs
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const DEMO = import.meta.dirname;
const FOLDER = join(DEMO, "../acl");
const POLICIES = [join(DEMO, "../../acl"), join(DEMO, "acl")];

/** By the folder of an agent's definitions, the service that it defines. */
const DEFINED = { dc1: "web", dc2: "api" };

const OWNER_ONLY = { mode: 0o600 };

mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
const holders = POLICIES.flatMap((folder) => readdirSync(folder).map((file) => basename(file, ".hcl")));
for (const holder of ["management", ...holders]) {
  const file = join(FOLDER, `${holder}.token`);
  if (!existsSync(file)) writeFileSync(file, randomUUID(), OWNER_ONLY);
}
writeFileSync(join(FOLDER, "acl.env"), `CAUSEWAY_ACL_INITIAL_MANAGEMENT_TOKEN=${secretOf("management")}\n`, OWNER_ONLY);
writeFileSync(join(FOLDER, "agent.env"), `CAUSEWAY_ACL_AGENT_TOKEN=${secretOf("agent")}\n`, OWNER_ONLY);
for (const [datacenter, service] of Object.entries(DEFINED)) {
  mkdirSync(join(FOLDER, datacenter), { recursive: true, mode: 0o700 });
  const definition = readFileSync(join(DEMO, datacenter, `${service}.hcl`), "utf8");
  const own = definition.replace("service {\n", `service {\n  token = "${secretOf(service)}"\n`);
  writeFileSync(join(FOLDER, datacenter, `${service}.hcl`), own, OWNER_ONLY);
}

function secretOf(holder) {
  return readFileSync(join(FOLDER, `${holder}.token`), "utf8");
}
