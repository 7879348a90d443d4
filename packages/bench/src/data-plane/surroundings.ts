import { temporaryDirectory } from "@causeway/testkit";
import { startBackend } from "../load/processes.ts";
import type { Contestant } from "./contestant.ts";
import { type Peer, startPeer } from "./peer.ts";

/** The backend that all proxies lead to, and the peers that are installed; all end with it. */
export type Surroundings = AsyncDisposable & {
  readonly backendPort: number;
  /** Starts peers; one that is not installed is told of, and left out. */
  readonly start: (peers: readonly Peer[]) => Promise<readonly Contestant[]>;
};

/** Starts the backend. */
export async function startSurroundings(say: (progress: string) => void): Promise<Surroundings> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await temporaryDirectory());
  const backend = await startBackend();
  resources.use(backend.process);
  const started = resources.move();
  return {
    backendPort: backend.port,
    async start(peers) {
      const contestants: Contestant[] = [];
      for (const peer of peers) {
        const running = await startPeer(peer, { backendPort: backend.port, folder });
        if ("absent" in running) {
          say(`${running.name} is skipped: ${running.absent}`);
          continue;
        }
        started.use(running.process);
        contestants.push(running.contestant);
      }
      return contestants;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
