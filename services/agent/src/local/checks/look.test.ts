import { expect, test } from "vitest";
import { look, type RepeatedMethod } from "./look.ts";

const times = { intervalMs: 1_000, timeoutMs: 1_000 };

test.each<RepeatedMethod>([
  { kind: "tcp", address: "127.0.0.1:99999", ...times },
  { kind: "udp", address: "127.0.0.1:99999", ...times },
  { kind: "grpc", target: "127.0.0.1:99999", useTls: false, skipVerify: false, ...times },
  { kind: "h2ping", address: "127.0.0.1:99999", useTls: false, skipVerify: false, ...times },
  {
    kind: "http",
    url: "no url",
    method: "GET",
    headers: {},
    body: "",
    skipVerify: false,
    followRedirects: true,
    outputMaxBytes: 10,
    ...times,
  },
  { kind: "script", args: ["nul\0"], outputMaxBytes: 10, ...times },
])("a $kind check of what cannot be is critical with a reason, and harms nobody", async (method) => {
  expect(await look(method, new AbortController().signal)).toEqual({
    status: "critical",
    output: expect.stringMatching(/\w/),
  });
});

test("an address without a port is told as what it is", async () => {
  const { output } = await look({ kind: "tcp", address: "localhost", ...times }, new AbortController().signal);
  expect(output).toBe("address localhost: missing port in address");
});
