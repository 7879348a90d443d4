import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";

async function event(...args: readonly string[]) {
  await using agent = await startStandIn(() => ({ body: { ID: "8d8ba0ef", Name: "deploy" } }));
  const ended = await runHere(["event", ...args], { env: { CONSUL_HTTP_ADDR: agent.address } });
  return { ...ended, asked: agent.asked.map(({ request, body }) => [request, body]) };
}

test("an event is fired with its payload and filters, and its ID is told", async () => {
  const fired = await event("-name=deploy", "-service=^web$", "-tag=blue", "1.2.3");
  expect(fired).toMatchObject({ status: 0, out: "Event ID: 8d8ba0ef" });
  expect(fired.asked).toEqual([["PUT /v1/event/fire/deploy?service=%5Eweb%24&tag=blue", "1.2.3"]]);
});

test.each([
  { args: [], err: "Must specify an event name" },
  { args: ["-name=a", "x", "y"], err: "Too many command line arguments" },
  { args: ["-name=a", "-tag=t"], err: "Cannot provide tag filter without service filter" },
])("$args is refused: $err", async ({ args, err }) => {
  expect(await event(...args)).toMatchObject({ status: 1, err: expect.stringContaining(err), asked: [] });
});
