/** Why a process stops. */
export type StopReason = "SIGTERM" | "SIGINT" | "parent gone" | "asked";

/** What can be asked of the process, so that it can be stopped from outside. */
export type StopOptions = {
  /** 0: never mind the parent; 1: stop when the present parent is gone; above: stop when that process is not the parent any more. */
  readonly exitWithParent: number;
  /** Resolves when the service itself was asked to, by a client say. */
  readonly asked: Promise<void>;
};

/** How often the parent is looked for: its end is not signalled on any system. */
const PARENT_POLL_MS = 250;

/** By convention a process that a signal ended gives 128 and the signal's number; SIGINT's is 2. */
const INTERRUPTED = 130;

/**
 * Resolves once with the first reason to stop. Whoever presses Ctrl-C a second time wants out at once, and gets that; a SIGTERM after
 * the first reason changes nothing, since a supervisor sends it after the terminal has already sent SIGINT to the whole group.
 */
export function whenAskedToStop({ exitWithParent, asked }: StopOptions): Promise<StopReason> {
  return new Promise((resolve) => {
    void asked.then(() => resolve("asked"));
    let interrupts = 0;
    process.on("SIGTERM", () => resolve("SIGTERM"));
    process.on("SIGINT", () => {
      interrupts += 1;
      if (interrupts > 1) process.exit(INTERRUPTED);
      resolve("SIGINT");
    });
    if (exitWithParent > 0) whenParentGone(exitWithParent, () => resolve("parent gone"));
  });
}

function whenParentGone(exitWithParent: number, gone: () => void): void {
  const parent = exitWithParent > 1 ? exitWithParent : process.ppid;
  const check = () => {
    if (process.ppid === parent) return;
    clearInterval(poll);
    gone();
  };
  const poll = setInterval(check, PARENT_POLL_MS).unref();
  check();
  // With a channel to the parent its end is known at once.
  if (process.connected) process.once("disconnect", gone);
}
