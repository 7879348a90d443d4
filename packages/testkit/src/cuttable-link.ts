import { createServer, connect as dial, type Socket } from "node:net";
import { type ListeningServer, type ListenOptions, listen } from "./listening-server.ts";

/** How a link is cut: `silent` loses every byte as a dead line does, `broken` resets what is open and refuses what is new. */
export type Cut = "silent" | "broken";

/** A TCP link between two places that can be cut and restored. Ended by `await using`. */
export type CuttableLink = ListeningServer & {
  /** Leads connections to this port, on 127.0.0.1 unless told; before that they wait. */
  leadTo(port: number, host?: string): void;
  cut(how: Cut): void;
  /** Lets new connections through again; those that were open during the cut are reset. */
  restore(): void;
};

/** Starts a link that leads nowhere yet. */
export async function startCuttableLink(where: ListenOptions = {}): Promise<CuttableLink> {
  const target = Promise.withResolvers<{ readonly port: number; readonly host: string }>();
  const open = new Set<Socket>();
  let cut: Cut | undefined;

  const server = createServer((near) => {
    if (cut === "broken") near.resetAndDestroy();
    else void target.promise.then(({ port, host }) => join(near, dial(port, host)));
  });
  function join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (bytes) => {
        if (cut === undefined) to.write(bytes);
      });
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  }
  function resetAll(): void {
    for (const socket of open) socket.resetAndDestroy();
  }

  const listening = await listen(server, where);
  return {
    ...listening,
    leadTo: (port, host = "127.0.0.1") => target.resolve({ port, host }),
    cut(how) {
      cut = how;
      if (how === "broken") resetAll();
    },
    restore() {
      cut = undefined;
      resetAll();
    },
  };
}
