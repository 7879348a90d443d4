import type { PathListener } from "@causeway/bus";
import { expect, test } from "vitest";
import { KnownDatacenters } from "./known-datacenters.ts";

const published = ["dc5", "dc2", "dc3"].map((Datacenter) => ({ Datacenter }));

function known(datacenter: string) {
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  let tell: PathListener = () => {};
  const onChange = (listener: PathListener) => {
    tell = listener;
    return () => {};
  };
  const datacenters = new KnownDatacenters({
    bus: { datacenter, primaryDatacenter: "dc3", paths: { onChange } },
    federation: { view: { states: () => published } },
    log: { info: note, warn: note },
  });
  return { datacenters, lines, tell: (name: string, state: "open" | "silent") => tell(name, state) };
}

test("one's own comes first, then those that were published and the primary one, by name", () => {
  expect(known("dc2").datacenters.names()).toEqual(["dc2", "dc3", "dc5"]);
  expect(known("dc4").datacenters.names()).toEqual(["dc4", "dc2", "dc3", "dc5"]);
});

test("one that is heard is known as long as it is; the log tells of it", () => {
  const { datacenters, lines, tell } = known("dc2");
  tell("dc9", "silent");
  expect(lines).toEqual([]);
  tell("dc9", "open");
  expect(datacenters.names()).toEqual(["dc2", "dc3", "dc5", "dc9"]);
  tell("dc9", "silent");
  expect(datacenters.names()).toEqual(["dc2", "dc3", "dc5"]);
  expect(lines).toEqual([
    "datacenter can be reached",
    "datacenter has fallen silent: is the link between the NATS servers up?",
  ]);
});
