import { eventually, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { Supervisor } from "./supervisor.ts";

/** Listens at once; ends when it is first told to be ready, as one that falls over on its way, and is ready when told once more. */
const PROGRAM = `
import { existsSync, writeFileSync } from "node:fs";
const say = (msg) => console.log(JSON.stringify({ msg, pid: process.pid }));
process.on("SIGUSR2", () => {
  if (existsSync(process.env.FELL)) return say("ready");
  writeFileSync(process.env.FELL, "");
  process.exit(1);
});
setInterval(() => {}, 60_000);
say("listening");
`;

test("who has started is not ready before it says so, though it has to be started again for that", async () => {
  await using folder = await temporaryDirectory();
  const path = await folder.write("program.mjs", PROGRAM);
  const lines: string[] = [];
  await using supervisor = new Supervisor(folder.path, () => undefined);
  const { pid } = await supervisor.start({
    name: "agent",
    path,
    env: { FELL: `${folder.path}/fell` },
    startedWhen: "listening",
    onLine: (line) => lines.push(String(JSON.parse(line).msg)),
  });
  const ready = supervisor.whenReady("agent").then(() => lines.push("seen"));
  process.kill(pid, "SIGUSR2");
  await eventually(() => expect(lines).toEqual(["listening", "listening"]));
  process.kill(supervisor.processes().get("agent") ?? 0, "SIGUSR2");
  await ready;
  await supervisor.whenReady("agent");
  expect(lines).toEqual(["listening", "listening", "ready", "seen"]);
});

test("nobody waits for what was never started", async () => {
  await using folder = await temporaryDirectory();
  await using supervisor = new Supervisor(folder.path, () => undefined);
  await expect(supervisor.whenReady("agent")).rejects.toThrow("agent was never started");
});
