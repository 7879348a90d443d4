import { expect, test } from "vitest";
import { isPaced, Pacing, staysHere } from "./pacing.ts";

test.each([
  ["bbr\n", true],
  ["bbr2\n", true],
  ["cubic\n", false],
  ["reno\n", false],
  ["", false],
])("TCP by %j is paced: %s", (algorithm, paced) => {
  expect(isPaced(algorithm)).toBe(paced);
});

test.each([
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.127.0.1", false],
  ["::12", false],
  ["fd00::1", false],
])("what is sent to %s stays on this machine: %s", (host, stays) => {
  expect(staysHere(host)).toBe(stays);
});

test("only sockets that lead to this machine lose their pace, and only where they have one", () => {
  const unpaced: number[] = [];
  const kernel = { sendUnpaced: (fd: number) => unpaced.push(fd) };
  const paced = new Pacing(kernel, true);
  paced.lift(3, "127.0.0.1");
  paced.lift(4, "192.0.2.1");
  new Pacing(kernel, false).lift(5, "127.0.0.1");
  expect(unpaced).toEqual([3]);
});
