import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "./lock.mjs";

let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-lock-"));
  lock = join(folder, "setup.lock");
});
afterEach(() => rm(folder, { recursive: true }));

/** A process ID that belonged to a process which has ended. */
async function deadProcess(): Promise<number> {
  const child = spawn("/bin/true");
  await once(child, "exit");
  return child.pid ?? 0;
}

async function leaveLock(holder: unknown): Promise<void> {
  await mkdir(lock);
  await writeFile(join(lock, "holder"), JSON.stringify(holder));
}

test("no two hold the lock at once, and it is gone in the end", async () => {
  let holders = 0;
  let most = 0;
  let waited = 0;
  const work = async () => {
    most = Math.max(most, ++holders);
    await new Promise((resolve) => setImmediate(resolve));
    holders -= 1;
  };
  const waiting = () => {
    waited += 1;
  };
  await Promise.all([withLock(lock, work, waiting), withLock(lock, work, waiting), withLock(lock, work, waiting)]);
  expect({ most, waited }).toEqual({ most: 1, waited: 2 });
  expect(await readdir(folder)).toEqual([]);
});

test("the lock is given back when the work fails", async () => {
  const failing = withLock(lock, () => Promise.reject(new Error("no network")));
  await expect(failing).rejects.toThrow("no network");
  expect(await readdir(folder)).toEqual([]);
});

test("a lock whose holder has died is taken over by exactly one at a time", async () => {
  await leaveLock({ host: hostname(), pid: await deadProcess() });
  let holders = 0;
  const work = async () => {
    expect(++holders).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    holders -= 1;
    return "done";
  };
  expect(await Promise.all([withLock(lock, work), withLock(lock, work)])).toEqual(["done", "done"]);
  expect(await readdir(folder)).toEqual([]);
});

test("a holder on another machine that has not shown for long is taken for dead", async () => {
  await leaveLock({ host: "elsewhere", pid: 1 });
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(lock, longAgo, longAgo);
  expect(await withLock(lock, async () => "done")).toBe("done");
});

test("a holder on another machine that has just shown is waited for", async () => {
  await leaveLock({ host: "elsewhere", pid: await deadProcess() });
  let done = false;
  const waiting = Promise.withResolvers<void>();
  const locked = withLock(
    lock,
    async () => {
      done = true;
    },
    waiting.resolve,
  );
  await waiting.promise;
  expect(done).toBe(false);
  await rm(lock, { recursive: true });
  await locked;
  expect(done).toBe(true);
});
