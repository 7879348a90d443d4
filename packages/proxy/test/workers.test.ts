import { eventually, startSink, startTcpEcho } from "@causeway/testkit";
import { expect, test } from "vitest";
import { openTcp } from "./mesh.fixture.ts";
import { directListener, endpointAt, routeTo, startTestProxy, tableOf } from "./proxy.fixture.ts";

const WORKERS = 3;

/** Enough that each worker has some: the kernel shares connections out by a hash of their addresses. */
const CONNECTIONS = 60;

function open(port: number) {
  return Promise.all(Array.from({ length: CONNECTIONS }, () => openTcp(port)));
}

test("connections of all workers are served, listed under a number each, recorded and counted", async () => {
  await using echo = await startTcpEcho();
  const table = tableOf(directListener(routeTo([endpointAt(echo.port)])));
  await using under = await startTestProxy(table, { engine: "splice", workers: WORKERS });
  const clients = await open(under.port());
  for (const { socket } of clients) socket.write("hello");
  await Promise.all(clients.map((client) => client.until("hello")));
  const ids = under.proxy.connections().map(({ id }) => id);
  expect(new Set(ids).size).toBe(CONNECTIONS);
  // A worker takes its numbers in blocks, so that they tell of more than one.
  expect(Math.max(...ids)).toBeGreaterThan(1_024);
  for (const { socket } of clients) socket.end();
  for (const _ of clients) {
    expect(await under.nextRecord()).toMatchObject({ outcome: "CARRIED", bytesToUpstream: 5, bytesToClient: 5 });
  }
  await eventually(() => expect(under.proxy.connections()).toEqual([]));
});

test("an address that somebody else has is told as taken", async () => {
  const listener = directListener(routeTo([]));
  await using first = await startTestProxy(tableOf(listener), { engine: "splice", workers: WORKERS });
  await using second = await startTestProxy(tableOf(), { engine: "splice", workers: WORKERS });
  const { failed } = await second.proxy.swap(tableOf({ ...listener, port: first.port() }));
  expect(failed).toMatchObject([{ listener: "public", reason: expect.stringMatching(/EADDRINUSE/) }]);
});

test("the limit of connections holds for all workers together", async () => {
  await using sink = await startSink();
  const table = tableOf(directListener(routeTo([endpointAt(sink.port)])));
  const limits = { maxConnections: CONNECTIONS - 10 };
  await using under = await startTestProxy(table, { engine: "splice", workers: WORKERS, limits });
  const clients = await open(under.port());
  for (let i = 0; i < 10; i++) expect(await under.nextRecord()).toMatchObject({ outcome: "TOO_MANY_CONNECTIONS" });
  expect(under.proxy.connections().length).toBe(CONNECTIONS - 10);
  for (const { socket } of clients) socket.destroy();
});

test("a table that leads elsewhere ends the connections of all workers", async () => {
  await using sink = await startSink();
  const listener = directListener(routeTo([endpointAt(sink.port)]));
  await using under = await startTestProxy(tableOf(listener), { engine: "splice", workers: WORKERS });
  await open(under.port());
  await eventually(() => expect(under.proxy.connections().length).toBe(CONNECTIONS));
  await under.proxy.swap(tableOf({ ...listener, match: { by: "listener", route: { ...routeTo([]), name: "other" } } }));
  for (let i = 0; i < CONNECTIONS; i++) expect(await under.nextRecord()).toMatchObject({ outcome: "ROUTE_GONE" });
});

test("a drain is over when all workers have drained, and cuts off what has not ended anywhere", async () => {
  await using sink = await startSink();
  const table = tableOf(directListener(routeTo([endpointAt(sink.port)])));
  await using under = await startTestProxy(table, { engine: "splice", workers: WORKERS });
  const clients = await open(under.port());
  await eventually(() => expect(under.proxy.connections().length).toBe(CONNECTIONS));
  for (const { socket } of clients.slice(10)) socket.end();
  for (let i = 10; i < CONNECTIONS; i++) await under.nextRecord();
  expect(await under.proxy.drain(1)).toEqual({ cutOff: 10 });
  expect(under.records.slice(-10).map(({ outcome }) => outcome)).toEqual(Array(10).fill("DRAINED"));
});
