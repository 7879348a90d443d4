import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadFfi } from "./load-ffi.ts";

/** What being ready leads to at once, as following what has been read, is over by then; and others have hardly come yet. */
const SETTLED_AFTER_MS = 250;

/**
 * Gives back, in a moment, the memory that only starting has needed: sources, half-built schemas, young garbage. V8 would keep it until
 * the heap grows, which that of an idle service never does: 12 to 15 MB of 100 to 120, for 40 to 100 ms once, when others have been told
 * that it is ready and have yet to come. The C library keeps what was freed besides, of compiling, TLS and keys: 3 to 7 MB.
 */
export function releaseStartUpMemorySoon(): void {
  setTimeout(() => {
    collectAll();
    trimFreed();
  }, SETTLED_AFTER_MS).unref();
}

function collectAll(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect === "function") collect({ type: "major", flavor: "last-resort" });
}

/** @see https://man7.org/linux/man-pages/man3/malloc_trim.3.html */
function trimFreed(): void {
  try {
    const calls = { malloc_trim: { return: "i32", arguments: ["u64"] } } as const;
    loadFfi()?.dlopen(null, calls).functions.malloc_trim(0n);
  } catch {
    // It is glibc's; other libraries keep less.
  }
}
