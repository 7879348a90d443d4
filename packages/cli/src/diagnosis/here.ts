import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import type { Connection } from "../connection.ts";

/** Whether an agent that is reached so runs on this host: by a socket, or at an address of this machine. */
export async function isHere({ socketPath, url }: Connection): Promise<boolean> {
  if (socketPath !== undefined) return true;
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const { address } = await lookup(name).catch(() => ({ address: name }));
  if (address.startsWith("127.") || address === "::1") return true;
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return own.some((each) => each.address === address);
}
