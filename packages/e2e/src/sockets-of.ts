import { readdir, readFile, readlink } from "node:fs/promises";

type Row = { readonly local: string; readonly remote: string; readonly listening: boolean; readonly inode: string };

const LISTEN = "0A";

/**
 * Where the TCP connections over IPv4 lead that a process has dialled and holds now, each as `host:port`.
 *
 * @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export async function dialledBy(pid: number): Promise<readonly string[]> {
  const [rows, own] = await Promise.all([tcpRows(pid), socketInodes(pid)]);
  const listeningPorts = new Set(rows.filter(({ listening }) => listening).map(({ local }) => portOf(local)));
  const dialled = rows.filter(
    ({ listening, local, inode }) => !listening && own.has(inode) && !listeningPorts.has(portOf(local)),
  );
  return [...new Set(dialled.map(({ remote }) => remote))].toSorted();
}

/** Every TCP socket of the network namespace that a process is in. */
async function tcpRows(pid: number): Promise<readonly Row[]> {
  const [, ...lines] = (await readFile(`/proc/${pid}/net/tcp`, "utf8")).trim().split("\n");
  return lines.map((line) => {
    const [, local = "", remote = "", state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
    return { local: addressOf(local), remote: addressOf(remote), listening: state === LISTEN, inode };
  });
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => ""));
  const inodes = (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  return new Set(inodes);
}

/** Reads `0100007F:1F90`: a little-endian address and a port. */
function addressOf(text: string): string {
  const [address = "", port = ""] = text.split(":");
  return `${[...Buffer.from(address, "hex")].toReversed().join(".")}:${Number.parseInt(port, 16)}`;
}

function portOf(address: string): string {
  return address.slice(address.indexOf(":") + 1);
}
