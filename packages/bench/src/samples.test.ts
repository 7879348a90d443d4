import { expect, test } from "vitest";
import { countSamples, placeOf } from "./samples.ts";

const cases = [
  { symbol: "finish_task_switch.isra.0", file: "[kernel.kallsyms]", place: "kernel" },
  { symbol: "__ecp_nistz256_mul_montx", file: "/usr/bin/node", place: "OpenSSL" },
  { symbol: "EVP_DigestUpdate", file: "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", place: "OpenSSL" },
  { symbol: "[unknown]", file: "/tmp/perf-16505.map", place: "JavaScript" },
  { symbol: "Builtins_CreateShallowObjectLiteral", file: "/usr/bin/node", place: "JavaScript" },
  { symbol: "v8::internal::Scavenger::ScavengePage", file: "/usr/bin/node", place: "garbage collector" },
  { symbol: "v8::internal::Runtime_StackGuard", file: "/usr/bin/node", place: "rest" },
  { symbol: "uv__io_poll", file: "/usr/bin/node", place: "rest" },
  { symbol: "_int_malloc", file: "/usr/lib/x86_64-linux-gnu/libc.so.6", place: "rest" },
  { symbol: "process_stream", file: "/usr/sbin/haproxy", place: "rest" },
] as const;
for (const { symbol, file, place } of cases) {
  test(`${symbol} of ${file} is counted as ${place}`, () => expect(placeOf(symbol, file)).toBe(place));
}

test("samples are counted by place and by thread, and what is no sample is passed over", () => {
  const text = `
 16505           1f33d63 __ecp_nistz256_sqr_montx (/usr/bin/node)
 16509      ffffffff8123 do_splice ([kernel.kallsyms])
 16509      7fcc23008514 [unknown] (/tmp/perf-16505.map)
[ perf record: Woken up 1 times to write data ]
`;
  expect(countSamples(text, 16_505)).toEqual({
    kernel: 1,
    OpenSSL: 1,
    JavaScript: 1,
    "garbage collector": 0,
    rest: 0,
    "main thread": 1,
  });
});
