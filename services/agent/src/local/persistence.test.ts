import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FakeClock } from "@causeway/runtime/testing";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { checkOf } from "./check-definition.ts";
import type { Subject } from "./local-snapshot.ts";
import { LocalState } from "./local-state.ts";
import { Persistence } from "./persistence.ts";
import { serviceOf } from "./service-definition.ts";

const web = serviceOf({ Name: "web", Port: 80 });
const check = checkOf(
  { Name: "c", TTL: 1e9 },
  { node: "n1", checkId: "c", service: { id: "web", name: "web", tags: [] } },
);

async function loaded(path: string): Promise<LocalState> {
  const state = new LocalState();
  const persistence = new Persistence(path, state, new FakeClock());
  await persistence.load();
  // What has been registered again is written again: the folder must still be there.
  await persistence.flushed();
  return state;
}

test("what was registered and flushed is there again, with the results of its checks", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "agent", "local.json");
  const state = new LocalState();
  const persistence = new Persistence(path, state, new FakeClock());
  state.register([web], [check], false);
  state.setResult("c", "passing", "well");
  await persistence.flushed();
  const again = await loaded(path);
  expect(again.services.get("web")).toEqual(web);
  expect(again.checks.get("c")?.check).toMatchObject({ Status: "passing", Output: "well" });
});

test("tokens are there again, of what is registered and no file defines, and only the owner can read them", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "local.json");
  const state = new LocalState();
  const persistence = new Persistence(path, state, new FakeClock());
  const tokens = new Map<Subject, string>([
    ["service web", "of-web"],
    ["check c", "of-c"],
    ["service gone", "of-gone"],
  ]);
  state.replaceFromFiles([serviceOf({ Name: "filed" })], [], new Map([["service filed", "of-filed"]]));
  state.register([web, serviceOf({ Name: "gone" })], [check], false, tokens);
  state.deregister(["gone"]);
  await persistence.flushed();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect([...(await loaded(path)).tokens]).toEqual([
    ["service web", "of-web"],
    ["check c", "of-c"],
  ]);
});

test("a sidecar still goes with its service", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "local.json");
  const state = new LocalState();
  const persistence = new Persistence(path, state, new FakeClock());
  const sidecar = serviceOf({ Name: "web-sidecar-proxy", Port: 21_000 });
  state.register([web, sidecar], [], false, new Map(), new Set([sidecar.ID]));
  await persistence.flushed();
  const again = new LocalState();
  const next = new Persistence(path, again, new FakeClock());
  await next.load();
  again.deregister(["web"]);
  expect([...again.services.keys()]).toEqual([]);
  await next.flushed();
});

test("every change before flushed() is called is on disk when it resolves", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "local.json");
  const state = new LocalState();
  const persistence = new Persistence(path, state, new FakeClock());
  for (let n = 0; n < 20; n++) {
    state.register([serviceOf({ Name: `s${n}` })], [], false);
    await persistence.flushed();
    expect(await readFile(path, "utf8")).toContain(`"s${n}"`);
  }
});

test("a missing file holds nothing", async () => {
  await using folder = await temporaryDirectory();
  expect((await loaded(join(folder.path, "none.json"))).services.size).toBe(0);
});

test("a file that cannot be read is named, with what to do", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "local.json");
  await writeFile(path, "{");
  await expect(loaded(path)).rejects.toThrow(
    `cannot read the registrations kept in ${path}: mend the file or move it away`,
  );
});
