import { expect, test } from "vitest";
import { healthQuestion, saysServing } from "./grpc-health.ts";

test.each([
  ["the whole server", "", "0000000000"],
  ["a service", "web", "00000000050a03776562"],
  ["a long name", "w".repeat(200), `00000000cb0ac801${"77".repeat(200)}`],
])("the question after %s", (_, service, bytes) => {
  expect(healthQuestion(service).toString("hex")).toBe(bytes);
});

test.each([
  ["serving", "00000000020801", true],
  ["serving, with a field of later versions", "0000000004080110ff", true],
  ["not serving", "00000000020802", false],
  ["unknown, which is the default and so nothing", "0000000000", false],
  ["compressed", "01000000020801", false],
  ["cut off", "000000", false],
  ["nothing", "", false],
])("an answer that is %s", (_, bytes, serving) => {
  expect(saysServing(Buffer.from(bytes, "hex"))).toBe(serving);
});
