import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { instanceRecord } from "@causeway/routes/testing";
import { systemClock } from "@causeway/runtime";
import { temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { type Disk, openDisk } from "./disk.ts";
import type { HeldLeaf } from "./leaves.ts";
import { watchKey } from "./watch.ts";
import { instancesOf, MESH } from "./watches.ts";

const LEAF: HeldLeaf = {
  certificatePem: "a certificate",
  privateKeyPem: "-----BEGIN EC PRIVATE KEY-----\nvery secret\n-----END EC PRIVATE KEY-----\n",
  serial: "01",
  notBeforeMs: 1,
  notAfterMs: 2,
  rootId: "root1",
  trustDomain: "one.consul",
};

const INSTANCES = new Map([["instance.db.node1.db", instanceRecord({ Service: "db" })]]);

async function setUp() {
  const folder = await temporaryDirectory();
  const warnings: object[] = [];
  const open = (datacenter = "dc1", owner = "gw.gw"): Promise<Disk> =>
    openDisk({
      dataDir: folder.path,
      owner,
      datacenter,
      clock: systemClock,
      log: { warn: (facts: object) => void warnings.push(facts) },
    });
  return { folder, warnings, open, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Every file below a folder, by its path. */
async function filesIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe("openDisk", () => {
  test("what was kept is there after the next start", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    expect(disk.restored.state.size).toBe(0);
    disk.keepState(instancesOf("db"), () => INSTANCES);
    disk.keepState(MESH, () => new Map());
    disk.keepLeaf("db", LEAF);
    await disk.close();
    const { restored } = await setup.open();
    expect(restored.state.get(watchKey(instancesOf("db")))).toEqual(INSTANCES);
    expect(restored.state.get(watchKey(MESH))).toEqual(new Map());
    expect(restored.leaves.get("db")).toEqual(LEAF);
    expect(setup.warnings).toEqual([]);
  });

  test("everything is readable by its owner alone, and no file holds a private key in the clear", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    disk.keepState(instancesOf("db"), () => INSTANCES);
    disk.keepLeaf("db", LEAF);
    await disk.close();
    const files = await filesIn(setup.folder.path);
    expect(files).toHaveLength(3);
    for (const file of files) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, "utf8")).not.toContain("very secret");
    }
  });

  test("what is given up is gone", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    disk.keepState(instancesOf("db"), () => INSTANCES);
    disk.keepLeaf("db", LEAF);
    await disk.close();
    const again = await setup.open();
    again.keepState(instancesOf("db"), () => undefined);
    again.keepLeaf("db", undefined);
    await again.close();
    const { restored } = await setup.open();
    expect(restored).toEqual({ state: new Map(), leaves: new Map() });
  });

  test("what is of no use any more is tidied away, the rest stays", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    for (const service of ["db", "web"]) {
      disk.keepState(instancesOf(service), () => new Map());
      disk.keepLeaf(service, LEAF);
    }
    await disk.close();
    const again = await setup.open();
    again.retain(new Set([watchKey(instancesOf("web"))]), new Set(["web"]));
    await again.close();
    const { restored } = await setup.open();
    expect([...restored.state.keys()]).toEqual([watchKey(instancesOf("web"))]);
    expect([...restored.leaves.keys()]).toEqual(["web"]);
  });

  test("proxies that share a data folder leave each other's alone", async () => {
    await using setup = await setUp();
    const one = await setup.open("dc1", "gw.gw1");
    const other = await setup.open("dc1", "gw.gw2");
    one.keepLeaf("db", LEAF);
    await one.close();
    other.retain(new Set(), new Set());
    await other.close();
    expect((await setup.open("dc1", "gw.gw2")).restored.leaves.size).toBe(0);
    expect((await setup.open("dc1", "gw.gw1")).restored.leaves.size).toBe(1);
  });

  test("state of another datacenter is not taken for this one's", async () => {
    await using setup = await setUp();
    const disk = await setup.open("dc1");
    disk.keepState(instancesOf("db"), () => INSTANCES);
    await disk.close();
    expect((await setup.open("dc2")).restored.state.size).toBe(0);
  });

  test("a damaged file costs only what was in it", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    disk.keepState(instancesOf("db"), () => INSTANCES);
    disk.keepState(instancesOf("web"), () => INSTANCES);
    disk.keepLeaf("db", LEAF);
    disk.keepLeaf("web", LEAF);
    await disk.close();
    for (const file of await filesIn(setup.folder.path)) {
      if (/db/.test(file)) await writeFile(file, (await readFile(file, "utf8")).slice(0, 60));
    }
    const { restored } = await setup.open();
    expect([...restored.state.keys()]).toEqual([watchKey(instancesOf("web"))]);
    expect([...restored.leaves.keys()]).toEqual(["web"]);
    expect(setup.warnings).toHaveLength(2);
  });

  test("a record that no longer fits its schema is not restored", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    disk.keepState(instancesOf("db"), () => new Map([["instance.db.node1.db", { Node: "of an older version" }]]));
    await disk.close();
    expect((await setup.open()).restored.state.size).toBe(0);
    expect(setup.warnings).toHaveLength(1);
  });

  test("a leaf sealed with another key is left out: a new one will be asked for", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    disk.keepLeaf("db", LEAF);
    await disk.close();
    await writeFile(join(setup.folder.path, "seal.key"), Buffer.alloc(32, 7).toString("base64"));
    expect((await setup.open()).restored.leaves.size).toBe(0);
  });

  test("a leaf's file cannot be passed off for another service's", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    disk.keepLeaf("db", LEAF);
    await disk.close();
    const file = join(setup.folder.path, "gw.gw", "leaves", "db.sealed");
    await writeFile(file, (await readFile(file, "utf8")).replace('"service":"db"', '"service":"web"'));
    expect((await setup.open()).restored.leaves.size).toBe(0);
  });

  test("a seal key that others may read is refused", async () => {
    await using setup = await setUp();
    await (await setup.open()).close();
    await chmod(join(setup.folder.path, "seal.key"), 0o644);
    await expect(setup.open()).rejects.toThrow(/seal\.key/);
  });

  test("names that look alike as files stay apart", async () => {
    await using setup = await setUp();
    const disk = await setup.open();
    const services = ["a b", "a/b", "a.b", "ä".repeat(200), `${"ä".repeat(200)}2`];
    for (const service of services) {
      disk.keepState(instancesOf(service), () => new Map());
      disk.keepLeaf(service, LEAF);
    }
    await disk.close();
    const { restored } = await setup.open();
    expect([...restored.leaves.keys()].sort()).toEqual([...services].sort());
    expect(restored.state.size).toBe(services.length);
  });
});
