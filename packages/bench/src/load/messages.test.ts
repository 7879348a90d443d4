import { expect, test } from "vitest";
import { countPings, downloadMessage, MAX_MESSAGE_BYTES, PIECE, PING, readDownload } from "./messages.ts";

test("pings are counted by their ends, however they were cut", () => {
  const three = Buffer.concat([PING, PING, PING]);
  expect(countPings(three)).toBe(3);
  expect(countPings(three.subarray(0, 100)) + countPings(three.subarray(100))).toBe(3);
  expect(countPings(PIECE)).toBe(0);
});

test("a download says how many bytes it wants, and nothing else is taken for one", () => {
  expect(readDownload(Buffer.from(downloadMessage(268_435_456)))).toBe(268_435_456);
  expect(readDownload(PING)).toBeUndefined();
  expect(readDownload(Buffer.from("down 1"))).toBeUndefined();
});

test("bulk is never taken for messages", () => expect(PIECE.byteLength).toBeGreaterThan(MAX_MESSAGE_BYTES));
