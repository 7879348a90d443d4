import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { runHere } from "../../test/run-here.ts";

const GATEWAY = 'Kind = "terminating-gateway"\nName = "edge"\nServices = [{ Name = "billing" }]\n';

const refused = [
  {
    name: "an entry with a field that is not known, and its line",
    text: `${GATEWAY}Bogus = true\n`,
    reason: /entry\.hcl:4: Bad request: Request decoding failed: .*invalid config key "Bogus"/s,
  },
  { name: "an entry of no kind that there is", text: 'Kind = "bogus"', reason: /invalid config entry kind: bogus/ },
  {
    name: "an entry against the rules",
    text: `${GATEWAY.replace('"billing"', '"billing", CertFile = "cert.pem"')}`,
    reason: /entry\.hcl.*CertFile/s,
  },
  {
    name: "intentions of no source",
    text: 'Kind = "service-intentions"\nName = "db"\n',
    reason: /entry\.hcl.*[Ss]ource/s,
  },
  { name: "what is no HCL", text: "Kind = = 1", reason: /entry\.hcl/ },
];

describe("validate refuses", () => {
  test.each(refused)("$name", async ({ text, reason }) => {
    await using folder = await temporaryDirectory();
    await writeFile(join(folder.path, "entry.hcl"), text);
    const { status, err } = await runHere(["validate", folder.path]);
    expect(err).toMatch(reason);
    expect(err).toMatch(/^Config validation failed: /);
    expect(status).toBe(1);
  });
});

test("validate takes config entries, intentions and definitions from one folder", async () => {
  await using folder = await temporaryDirectory();
  await writeFile(join(folder.path, "gateway.hcl"), GATEWAY);
  const intentions = { Kind: "service-intentions", Name: "db", Sources: [{ Name: "web", Action: "allow" }] };
  await writeFile(join(folder.path, "intentions.json"), JSON.stringify(intentions));
  await writeFile(join(folder.path, "web.hcl"), 'service { name = "web" }');
  expect(await runHere(["validate", folder.path])).toMatchObject({
    status: 0,
    out: "Configuration is valid!",
    err: "",
  });
});

test("validate -service says what the service would say of its variables when it starts", async () => {
  const validate = (env: Readonly<Record<string, string>>) => runHere(["validate", "-service", "catalog"], { env });
  expect(await validate({ CAUSEWAY_ADMIN_PORT: "19000" })).toMatchObject({ status: 0, out: "Configuration is valid!" });
  const { status, err } = await validate({ CAUSEWAY_ADMIN_PORT: "http" });
  expect(status).toBe(1);
  expect(err).toMatch(/^Config validation failed: catalog cannot start .*\nCAUSEWAY_ADMIN_PORT is "http", but must be/);
  expect(await runHere(["validate", "-service", "no-such"])).toMatchObject({ status: 1 });
}, 240_000);
