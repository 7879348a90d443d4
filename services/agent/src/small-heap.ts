import { setFlagsFromString } from "node:v8";

/**
 * From now on has V8 collect garbage before it takes more memory, rather than after. Of an agent nearly everything that lives long is
 * what long polls wait with, and an agent stands on every machine: thousands of them cost it 50 MB less so, and a change that answers a
 * hundred about a third more processor time.
 *
 * Both flags are read at each collection, and are none that a process must be started with. What they bound is how much the young
 * generation grows (it stays at 1 MB), and how much larger than what was alive the old one may become before it is looked through.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=30");
}
