import { setFlagsFromString } from "node:v8";

const COMPILERS = ["maglev", "opt"];

/** A start that takes longer than this has work to do, for which compiled code pays. */
const HOLD_MS = 2_000;

let held: NodeJS.Timeout | undefined;

/**
 * Loads a program while V8's optimizing compilers are held back, until the service is ready or 2 s are over.
 *
 * Loading some hundred modules makes little hot but Node's loader, and for that alone 10 MB of compilers would be read into memory. A
 * program therefore begins with a module that imports nothing but this, and loads the rest here.
 */
export async function begin(load: () => Promise<unknown>, { holdMs = HOLD_MS } = {}): Promise<void> {
  for (const name of COMPILERS) setFlagsFromString(`--no-${name}`);
  held = setTimeout(letOptimize, holdMs).unref();
  await load();
}

/** Lets V8 optimize from here on. Does nothing in a process that did not `begin`. */
export function letOptimize(): void {
  if (held === undefined) return;
  clearTimeout(held);
  held = undefined;
  for (const name of COMPILERS) setFlagsFromString(`--${name}`);
}
