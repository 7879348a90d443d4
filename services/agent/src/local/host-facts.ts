import { readFile, statfs } from "node:fs/promises";
import { arch, type CpuInfo, cpus, freemem, hostname, platform, release, totalmem, uptime } from "node:os";

const NS_PER_MS = 1e6;

/**
 * What is known of the machine, in the shape in which Consul tells it. What Node cannot tell has its zero value; `folder` says which
 * disk is meant.
 *
 * @see https://developer.hashicorp.com/consul/api-docs/agent#retrieve-host-information
 */
export async function hostFacts(folder: string, nowMs: number): Promise<Record<string, unknown>> {
  return {
    Memory: memory(),
    CPU: cpus().map(processor),
    Host: await host(nowMs),
    Disk: await disk(folder),
    CollectionTime: nowMs * NS_PER_MS,
    Errors: null,
  };
}

function memory(): Record<string, unknown> {
  const total = totalmem();
  const available = freemem();
  const used = total - available;
  return { total, available, used, usedPercent: percent(used, total), free: available };
}

function processor({ model, speed }: CpuInfo, cpu: number): Record<string, unknown> {
  return {
    cpu,
    vendorId: "",
    family: "",
    model: "",
    stepping: 0,
    physicalId: "",
    coreId: String(cpu),
    cores: 1,
    modelName: model,
    mhz: speed,
    cacheSize: 0,
    flags: [],
    microcode: "",
  };
}

async function host(nowMs: number): Promise<Record<string, unknown>> {
  const upSeconds = Math.floor(uptime());
  const { ID = "", VERSION_ID = "", ID_LIKE = ID } = await osRelease();
  return {
    hostname: hostname(),
    uptime: upSeconds,
    bootTime: Math.floor(nowMs / 1_000) - upSeconds,
    procs: 0,
    os: platform(),
    platform: ID,
    platformFamily: ID_LIKE,
    platformVersion: VERSION_ID,
    kernelVersion: release(),
    kernelArch: arch() === "x64" ? "x86_64" : arch(),
    virtualizationSystem: "",
    virtualizationRole: "",
    hostid: await textOf("/proc/sys/kernel/random/boot_id"),
  };
}

/** The name and the version of the distribution; nothing where the system has no such file. */
async function osRelease(): Promise<Readonly<Record<string, string>>> {
  const lines = (await textOf("/etc/os-release")).split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)="?(.*?)"?$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

async function disk(path: string): Promise<Record<string, unknown>> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  const used = (blocks - bfree) * bsize;
  return {
    path,
    fstype: "",
    total: blocks * bsize,
    free: bavail * bsize,
    used,
    usedPercent: percent(used, used + bavail * bsize),
    inodesTotal: files,
    inodesUsed: files - ffree,
    inodesFree: ffree,
    inodesUsedPercent: percent(files - ffree, files),
  };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}

/** A file's text without the space around it; "" where there is none. */
async function textOf(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trim();
}
