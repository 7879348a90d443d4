import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { LineBatch } from "./line-batch.ts";

function listenedTo() {
  const written: string[] = [];
  return { written, batch: new LineBatch((lines) => written.push(lines)) };
}

test("lines of one turn are written together at its end", async () => {
  const { written, batch } = listenedTo();
  batch.add("one\n", "info");
  batch.add("two\n", "debug");
  expect(written).toEqual([]);
  await nextTurn();
  expect(written).toEqual(["one\ntwo\n"]);
  batch.add("three\n", "info");
  await nextTurn();
  expect(written).toEqual(["one\ntwo\n", "three\n"]);
});

test("a warning is written at once, after what came before it", async () => {
  const { written, batch } = listenedTo();
  batch.add("one\n", "info");
  batch.add("trouble\n", "warn");
  expect(written).toEqual(["one\ntrouble\n"]);
  await nextTurn();
  expect(written).toEqual(["one\ntrouble\n"]);
});

test("what is long does not wait", () => {
  const { written, batch } = listenedTo();
  const line = `${"x".repeat(40_000)}\n`;
  batch.add(line, "info");
  batch.add(line, "info");
  expect(written).toEqual([line + line]);
});
