import { openTcp } from "@causeway/e2e";
import { eventually, freePort, type SpawnedProcess, spawnProcess, type TemporaryDirectory } from "@causeway/testkit";
import type { Absent, Contestant } from "./contestant.ts";
import { findProgram, readVersion } from "./find-program.ts";

/** Where a peer leads to, and where it keeps its files. */
export type PeerPlace = { readonly backendPort: number; readonly folder: TemporaryDirectory };

/** What a peer that ends TLS presents, and whom it believes; all in PEM. */
export type PeerTls = { readonly cert: string; readonly key: string; readonly ca: string };

/** A peer that runs, with its process, which whoever starts it ends. */
export type RunningPeer = { readonly contestant: Contestant; readonly process: SpawnedProcess };

/** How one kind of peer is configured and started: with one worker, in one process. */
export type Peer = {
  readonly name: string;
  /** Debian's packages, told to whoever has not installed them. */
  readonly packages: string;
  readonly program: string;
  /** Writes its configuration; gives its arguments. */
  readonly configure: (listenPort: number, place: PeerPlace, program: string) => Promise<readonly string[]>;
};

/** A peer that is configured, and can be started as often as one likes, each time after the last has ended. */
export type PreparedPeer = {
  /** With its version. */
  readonly name: string;
  readonly port: number;
  /** Starts its process, which need not take connections yet; whoever starts it ends it. */
  readonly launch: () => Promise<SpawnedProcess>;
};

/** Configures a peer. One that is not installed is absent. */
export async function preparePeer(peer: Peer, place: PeerPlace): Promise<PreparedPeer | Absent> {
  const { name, packages, configure } = peer;
  const program = findProgram(peer.program);
  if (program === undefined) return { name, absent: `not installed; on Debian: apt-get install ${packages}` };
  const [port, version] = await Promise.all([freePort(), versionOf(program)]);
  const args = await configure(port, place, program);
  return { name: `${name} ${version}`, port, launch: () => spawnProcess(program, args) };
}

/** Starts a peer; resolves when it takes connections. One that is not installed is absent. */
export async function startPeer(peer: Peer, place: PeerPlace): Promise<RunningPeer | Absent> {
  const prepared = await preparePeer(peer, place);
  if ("absent" in prepared) return prepared;
  const { name, port, launch } = prepared;
  const process = await launch();
  try {
    await eventually(async () => (await openTcp(port)).socket.destroy());
  } catch (error) {
    const output = process.lastLines();
    await process.stop();
    throw new Error(`${name} takes no connections; it wrote:\n${output}`, { cause: error });
  }
  return { contestant: { name, port, pid: process.pid }, process };
}

/** The version that a program tells of by `-v`, which both peers know. */
async function versionOf(program: string): Promise<string> {
  await using asked = await spawnProcess(program, ["-v"]);
  await asked.exited;
  return readVersion(asked.output());
}
