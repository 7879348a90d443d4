/** Where a process was when it was looked at. */
export const PLACES = ["kernel", "OpenSSL", "JavaScript", "garbage collector", "rest"] as const;
export type Place = (typeof PLACES)[number];

/** How many samples of a process were taken in each place, and how many of all in its main thread. */
export type Samples = Readonly<Record<Place | "main thread", number>>;

/** `<thread> <address> <symbol> (<file>)` */
const LINE = /^\s*(\d+)\s+[0-9a-f]+ (.*) \((.*)\)$/;

/** What V8 collects garbage with, by the names of its classes. */
const COLLECTS = /^v8::internal::.*(Scaveng|Mark|Sweep|Evacuat|Heap|Compact|Collector|Worklist|Memory|Space)/;

/** What else in Node's own program is C. */
const OTHER_C = /^(Builtins_|_Z|uv_|ffi_|napi_|ares_|nghttp2_|\[unknown\])/;

/**
 * Counts samples by place.
 *
 * @param text - what `perf script -F tid,ip,sym,dso` writes of one process.
 * @param pid - of the process, which is the number of its main thread as well.
 */
export function countSamples(text: string, pid: number): Samples {
  const counts = { kernel: 0, OpenSSL: 0, JavaScript: 0, "garbage collector": 0, rest: 0, "main thread": 0 };
  for (const line of text.split("\n")) {
    const [, thread, symbol = "", file = ""] = LINE.exec(line) ?? [];
    if (thread === undefined) continue;
    counts[placeOf(symbol, file)]++;
    if (Number(thread) === pid) counts["main thread"]++;
  }
  return counts;
}

/** The place of a symbol, as perf writes it, in a file: Node's program holds V8, OpenSSL and the built-in part of JavaScript. */
export function placeOf(symbol: string, file: string): Place {
  if (file.startsWith("[kernel") || file.startsWith("[guest") || file === "[vdso]") return "kernel";
  if (/perf-\d+\.map|^\/\/anon|^\[anon|memfd:|JIT/.test(file) || symbol.startsWith("Builtins_")) return "JavaScript";
  if (/lib(ssl|crypto)/.test(file)) return "OpenSSL";
  if (!file.endsWith("/node")) return "rest";
  if (COLLECTS.test(symbol)) return "garbage collector";
  return symbol.includes("::") || OTHER_C.test(symbol) ? "rest" : "OpenSSL";
}
