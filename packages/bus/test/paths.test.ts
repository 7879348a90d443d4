import { heartbeatSubject } from "@causeway/model";
import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { Paths } from "../src/index.ts";
import { connectTo, natsForFile } from "./support.ts";

const nats = natsForFile();

test("a path opens with the first heartbeat, and once more with the first one from a server that was restarted", async () => {
  await using bus = await connectTo(nats());
  const paths = new Paths(bus.connection, "dc1", new FakeClock());
  const told: string[] = [];
  paths.onChange((datacenter, state) => void told.push(`${datacenter} ${state}`));
  const hear = async (server: string) => {
    bus.connection.publish(heartbeatSubject("dc2"), server);
    await bus.connection.flush();
    return [...told];
  };
  expect(await hear("A")).toEqual(["dc2 open"]);
  expect(await hear("A")).toEqual(["dc2 open"]);
  expect(await hear("B")).toEqual(["dc2 open", "dc2 open"]);
  // Replicas may speak through different servers of a cluster.
  await hear("A");
  expect(await hear("B")).toEqual(["dc2 open", "dc2 open"]);
  paths.close();
});

test("a path that falls silent opens again with the next heartbeat, once", async () => {
  await using bus = await connectTo(nats());
  const clock = new FakeClock();
  const paths = new Paths(bus.connection, "dc1", clock);
  const told: string[] = [];
  paths.onChange((_, state) => void told.push(state));
  for (const server of ["A", "B"]) {
    bus.connection.publish(heartbeatSubject("dc2"), server);
    await bus.connection.flush();
    await clock.advance(4_000);
  }
  expect(told).toEqual(["open", "silent", "open", "silent"]);
  paths.close();
});
