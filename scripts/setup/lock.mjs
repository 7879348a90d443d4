import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A holder shows this often that it lives. */
const HEARTBEAT_MS = 2_000;
/** Whoever has not shown for this long is taken for dead, on another machine or in another container too. */
const STALE_MS = 30_000;
const RETRY_MS = 100;

/**
 * Runs `work` while no other process does so with the same `folder`.
 *
 * Making a folder is atomic, so that who makes it holds the lock. A lock whose holder has died is moved away, which is atomic as well.
 *
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @param {() => void} [waiting] Called once when another process holds the lock.
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, waiting = () => {}) {
  await acquire(folder, waiting);
  const heartbeat = setInterval(() => {
    const now = new Date();
    // The folder may be gone with all of the cache; the work then fails by itself.
    utimes(folder, now, now).catch(() => {});
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {() => void} waiting
 */
async function acquire(folder, waiting) {
  await mkdir(dirname(folder), { recursive: true });
  let told = false;
  while (!(await make(folder))) {
    if (await stale(folder)) {
      await remove(folder);
      continue;
    }
    if (!told) waiting();
    told = true;
    await delay(RETRY_MS);
  }
  await writeFile(join(folder, "holder"), JSON.stringify({ host: hostname(), pid: process.pid }));
}

/** @param {string} folder */
async function make(folder) {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} folder */
async function stale(folder) {
  try {
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const { host, pid } = JSON.parse(await readFile(join(folder, "holder"), "utf8"));
    return host === hostname() && !runs(pid);
  } catch {
    // Released just now, or its holder is about to write its name.
    return false;
  }
}

/** @param {number} pid */
function runs(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Takes a dead holder's lock out of the way. Of several that see it dead, one moves it; should another have taken the lock in
 * between, it is that one's which was moved, and it is put back.
 *
 * @param {string} folder
 */
async function remove(folder) {
  const aside = `${folder}.${randomUUID()}`;
  try {
    await rename(folder, aside);
  } catch {
    return;
  }
  if (await stale(aside)) await rm(aside, { recursive: true, force: true });
  else await rename(aside, folder).catch(() => {});
}
