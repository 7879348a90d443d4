import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runHere } from "../../test/run-here.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-bus-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const dir = () => join(folder, "bus");
const init = (...flags: readonly string[]) =>
  runHere(["bus", "init", "-dir", dir(), "-dc", "dc1", "-dc", "dc2", ...flags]);
const read = (file: string) => readFile(join(dir(), file), "utf8");

test("makes what servers and services need, and secrets for their owner's eyes only", async () => {
  const { status, out } = await init();
  expect(status).toBe(0);
  expect(out).toContain("CAUSEWAY_NATS_NKEY_FILE=");
  const files = await readdir(join(dir(), "dc2"));
  expect(files).toEqual(
    expect.arrayContaining(["nats.conf", "users.conf", "ca.pem", "server.pem", "catalog.nk", "agent.nk"]),
  );
  const secret = files.filter((file) => file.endsWith(".nk") || file.endsWith("-key.pem"));
  for (const file of secret) expect((await stat(join(dir(), "dc2", file))).mode & 0o777, file).toBe(0o600);
  expect(out).not.toContain((await read("dc2/agent.nk")).trim());
  expect(await read("dc1/users.conf")).not.toMatch(/SU[A-Z2-7]{56}/);
});

test("touches nothing that is there", async () => {
  const before = await read("dc1/catalog.nk");
  const { status, err } = await init();
  expect(status).toBe(1);
  expect(err).toContain("dc1/nats.conf already exists.");
  expect(err).toContain("-update");
  expect(await read("dc1/catalog.nk")).toBe(before);
});

test("an update keeps the keys, and makes certificates anew", async () => {
  const [key, ca, server] = await Promise.all(["dc1/catalog.nk", "ca.pem", "dc1/server.pem"].map(read));
  const { status, out } = await init("-update", "-json");
  expect(status).toBe(0);
  expect(await read("dc1/catalog.nk")).toBe(key);
  expect(await read("ca.pem")).toBe(ca);
  expect(await read("dc1/server.pem")).not.toBe(server);
  const { Files } = JSON.parse(out) as { Files: readonly { Path: string; Kept: boolean }[] };
  expect(Files).toContainEqual(
    expect.objectContaining({ Path: join(dir(), "dc1/catalog.nk"), Secret: true, Kept: true }),
  );
});

test("an update that leaves out a datacenter would shut it out, and is refused", async () => {
  const { status, err } = await runHere(["bus", "init", "-dir", dir(), "-dc", "dc1", "-update"]);
  expect(status).toBe(1);
  expect(err).toContain("also holds dc2");
});

test("new keys are made on request", async () => {
  const before = await read("dc1/catalog.nk");
  expect((await init("-force")).status).toBe(0);
  expect(await read("dc1/catalog.nk")).not.toBe(before);
});
