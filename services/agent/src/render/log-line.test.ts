import { expect, test } from "vitest";
import { logJson, logText } from "./log-line.ts";

const at = "2020-05-06T07:08:09.123Z";
const line = (more: object) =>
  `${JSON.stringify({ level: "warn", time: at, service: "agent", msg: "synced", ...more })}\n`;

test.each([
  [
    "facts follow the message",
    { service: "agent", node: "n1", why: "two words", n: 2 },
    `${at} [WARN]  agent: synced: node=n1 why="two words" n=2\n`,
  ],
  ["a message alone has no colon", {}, `${at} [WARN]  agent: synced\n`],
  ["what is fatal is an error", { level: "fatal" }, `${at} [ERROR] agent: synced\n`],
])("in text %s", (_, more, expected) => {
  expect(logText(line(more))).toBe(expected);
});

test("in JSON the keys are those of Consul's log", () => {
  expect(JSON.parse(logJson(line({ node: "n1" })))).toEqual({
    "@level": "warn",
    "@message": "synced",
    "@module": "agent",
    "@timestamp": at,
    node: "n1",
  });
});
