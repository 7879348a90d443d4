import { temporaryDirectory } from "@causeway/testkit";
import { startBackend } from "../load/processes.ts";
import type { Absent, Contestant } from "./contestant.ts";
import { type Peer, type PreparedPeer, preparePeer, startPeer } from "./peer.ts";

/** The backend that all proxies lead to, and the peers that are installed; all end with it. */
export type Surroundings = AsyncDisposable & {
  readonly backendPort: number;
  /** Starts peers; one that is not installed is told of, and left out. */
  readonly start: (peers: readonly Peer[]) => Promise<readonly Contestant[]>;
  /** Configures a peer for whoever starts it; one that is not installed is told of, and undefined. */
  readonly prepare: (peer: Peer) => Promise<PreparedPeer | undefined>;
};

/** Starts the backend. */
export async function startSurroundings(say: (progress: string) => void): Promise<Surroundings> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await temporaryDirectory());
  const backend = await startBackend();
  resources.use(backend.process);
  const started = resources.move();
  const place = { backendPort: backend.port, folder };
  const skip = ({ name, absent }: Absent) => say(`${name} is skipped: ${absent}`);
  return {
    backendPort: backend.port,
    async start(peers) {
      const contestants: Contestant[] = [];
      for (const peer of peers) {
        const running = await startPeer(peer, place);
        if ("absent" in running) {
          skip(running);
          continue;
        }
        started.use(running.process);
        contestants.push(running.contestant);
      }
      return contestants;
    },
    async prepare(peer) {
      const prepared = await preparePeer(peer, place);
      if (!("absent" in prepared)) return prepared;
      skip(prepared);
      return undefined;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
