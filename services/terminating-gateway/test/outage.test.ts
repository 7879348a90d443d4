import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { intentionsFor } from "@causeway/routes/testing";
import { eventually, temporaryDirectory } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { dial, greet, greetingOf, served, setStage } from "./support.ts";

describe("a terminating gateway without NATS", () => {
  test("serves throughout, and follows again when NATS is back", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await using _ = await stage.start();
    const web = await stage.mesh.leafFor("web");
    const open = await dial(stage, "db", web);
    await greetingOf(open);

    await stage.nats.kill();
    expect(await greet(stage, "db", web)).toBe("db ");
    open.write("still there?");
    expect(await greetingOf(open)).toBe("still there?");
    await stage.nats.restart();
    expect(await greet(stage, "db", web)).toBe("db ");

    await stage.addService("api");
    expect(await served(stage, "api", web)).toBe("api ");
    await stage.mesh.put("intentions", "destination", ["db"], intentionsFor("db", { web: "deny" }));
    await eventually(() => expect(greet(stage, "db", web)).rejects.toThrow());
    open.destroy();
  });

  test("killed and started again, it serves what it last knew, with the leaf that it had", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await using first = await stage.start();
    const web = await stage.mesh.leafFor("web");
    expect(await greet(stage, "db", web)).toBe("db ");
    const [before] = await first.debug<{ serial: string }[]>("leaves");
    // What it knows is written a moment after it has changed.
    await eventually(async () => {
      const sources = (await first.debug<object[]>("sources")).length;
      expect(await readdir(join(stage.dataDir, "gw.gw", "state"))).toHaveLength(sources);
      expect(await readdir(join(stage.dataDir, "gw.gw", "leaves"))).toEqual(["db.sealed"]);
    });

    await stage.nats.kill();
    await first.process.kill9();
    await expect(greet(stage, "db", web)).rejects.toThrow(/ECONNREFUSED/);
    await using second = await stage.start();
    expect(await greet(stage, "db", web)).toBe("db ");
    expect(await second.debug("leaves")).toMatchObject([{ serial: before?.serial }]);

    // What happened meanwhile counts as soon as NATS is back.
    await stage.nats.restart();
    await stage.mesh.put("intentions", "destination", ["db"], intentionsFor("db", { web: "deny" }));
    await eventually(() => expect(greet(stage, "db", web)).rejects.toThrow());
  });

  test("it keeps nothing on disk that others can read, and no key in the clear", async () => {
    await using folder = await temporaryDirectory();
    await using stage = await setStage();
    await stage.addService("db");
    await using gateway = await stage.start({ env: { CAUSEWAY_DATA_DIR: folder.path } });
    await gateway.process.stop();
    const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(await readFile(file, "utf8")).not.toMatch(/PRIVATE KEY/);
  });

  test("with an empty folder it waits for NATS, and starts when it comes", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await stage.nats.kill();
    await using gateway = await stage.start({ until: "started" });
    await eventually(async () =>
      expect(await (await fetch(`${gateway.adminUrl}/readyz`)).text()).toContain("not read yet"),
    );
    await stage.nats.restart();
    expect(await served(stage, "db", await stage.mesh.leafFor("web"))).toBe("db ");
  });
});
