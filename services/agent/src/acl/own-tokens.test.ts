import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { OwnTokens } from "./own-tokens.ts";

/** A log of nothing but warnings. */
function warnings() {
  const told: unknown[] = [];
  return { told, log: { warn: (...line: unknown[]) => void told.push(line) } as never };
}

test("what the agent says of its node is told by the agent's token, or else the default one", async () => {
  const own = new OwnTokens({ default: "d" });
  expect(own).toMatchObject({ default: "d", agent: "d" });
  await own.set("agent", "a");
  expect(own).toMatchObject({ default: "d", agent: "a" });
});

test("tokens that were set are there again where they are kept, and win over the configuration, with a warning", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "agent", "acl-tokens.json");
  const { told, log } = warnings();
  const first = await OwnTokens.open({ configured: { agent: "configured" }, path, log });
  await Promise.all([first.set("agent", "set"), first.set("default", "d")]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(told).toEqual([]);
  const again = await OwnTokens.open({ configured: { agent: "configured" }, path, log });
  expect(again).toMatchObject({ agent: "set", default: "d" });
  expect(told).toEqual([[{ token: "agent" }, expect.stringContaining("using the persisted token")]]);
});

test("whoever listens hears of each that is set until it forgets", async () => {
  const own = new OwnTokens({});
  let heard = 0;
  const forget = own.onChange(() => heard++);
  await own.set("default", "a");
  forget();
  await own.set("default", "b");
  expect(heard).toBe(1);
});

test("a file that cannot be read is named, and not what is in it", async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, "acl-tokens.json");
  await writeFile(path, '{"agent":"secret');
  const opened = OwnTokens.open({ configured: {}, path, log: warnings().log });
  await expect(opened).rejects.toThrow(`cannot read the tokens kept in ${path}: mend the file or move it away`);
});
