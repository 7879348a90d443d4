import { expect, describe as group, test } from "vitest";
import { blame, ConnectionError, type ConnectionFailure, describe, isRefusal } from "./errors.ts";

const by = { kind: "intention", id: "1", source: "web", destination: "db", precedence: 9 } as const;

const cases: readonly (readonly [ConnectionFailure, ReturnType<typeof blame>, string])[] = [
  [{ code: "HELLO_TIMEOUT", waitedMs: 3_000 }, "client", "the client sent no whole ClientHello within 3000 ms"],
  [{ code: "NOT_TLS", found: "plain HTTP" }, "client", "the client does not speak TLS: plain HTTP"],
  [{ code: "NO_SNI" }, "client", "the client named no server (no SNI), so no route can be chosen"],
  [{ code: "NO_ROUTE", serverName: 'a"b' }, "client", 'no route for the server name "a\\"b"'],
  [
    { code: "DENIED", source: "web", destination: "db", by },
    "client",
    "web may not call db: deny by the intention web => db (ID: 1, Precedence: 9)",
  ],
  [
    { code: "NO_LONGER_ALLOWED", source: "web", destination: "db", by: { kind: "default" } },
    "control-plane",
    "web may no longer call db: deny by the default policy",
  ],
  [{ code: "NO_HEALTHY_ENDPOINT", destination: "db", endpoints: 0, targets: 1 }, "upstream", "db has no instance"],
  [
    { code: "NO_HEALTHY_ENDPOINT", destination: "db", endpoints: 3, targets: 1 },
    "upstream",
    "none of the 3 instances of db is healthy",
  ],
  [
    { code: "NO_HEALTHY_ENDPOINT", destination: "db", endpoints: 3, targets: 4 },
    "upstream",
    "none of the 3 instances of the 4 targets of db is healthy",
  ],
  [
    { code: "NO_HEALTHY_ENDPOINT", destination: "db", endpoints: 0, targets: 2 },
    "upstream",
    "none of the 2 targets of db has an instance",
  ],
  [
    { code: "DIAL_FAILED", address: "10.0.0.1:80", reason: "connection refused" },
    "upstream",
    "connecting to 10.0.0.1:80 failed: connection refused",
  ],
  [
    { code: "WRONG_PEER_IDENTITY", address: "10.0.0.1:80", found: undefined, expected: ["a", "b"] },
    "upstream",
    "10.0.0.1:80 proved to be nobody by name, not a or b",
  ],
  [{ code: "TOO_MANY_CONNECTIONS", limit: 10 }, "gateway", "10 connections are open already, which is the limit"],
];

group("a failure says what happened, and whose it is", () => {
  for (const [failure, side, text] of cases) {
    test(text, () => {
      expect(describe(failure)).toBe(text);
      expect(blame(failure)).toBe(side);
      expect(new ConnectionError(failure)).toMatchObject({ message: text, code: failure.code });
    });
  }
});

test("what nobody foresaw is internal, with its cause", () => {
  const cause = new Error("odd");
  expect(ConnectionError.from(cause)).toMatchObject({ failure: { code: "INTERNAL", reason: "odd" }, cause });
});

test("who leaves of their own accord is not refused", () => {
  expect(
    ["CLIENT_CLOSED", "CLIENT_RESET", "UPSTREAM_RESET", "IDLE", "DRAINED"].map((code) => isRefusal(code as never)),
  ).toEqual(Array(5).fill(false));
  expect(isRefusal("DENIED")).toBe(true);
});
