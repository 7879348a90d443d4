import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";

async function forceLeave(...args: readonly string[]) {
  await using agent = await startStandIn((request) =>
    request.includes("nope") ? { status: 500, body: "agent: No node found with name 'nope'" } : {},
  );
  const ended = await runHere(["force-leave", ...args], { env: { CONSUL_HTTP_ADDR: agent.address } });
  return { ...ended, asked: agent.asked.map(({ request }) => request) };
}

test.each([
  { args: ["web-7"], asked: "PUT /v1/agent/force-leave/web-7" },
  { args: ["-prune", "web 7"], asked: "PUT /v1/agent/force-leave/web%207?prune=1" },
])("force-leave $args asks the agent and says nothing", async ({ args, asked }) => {
  expect(await forceLeave(...args)).toEqual({ status: 0, out: "", err: "", asked: [asked] });
});

test.each([
  { args: [], err: "A single node name must be specified to force leave." },
  { args: ["a", "b"], err: "A single node name must be specified to force leave." },
  { args: ["nope"], err: "Error force leaving: Unexpected response code: 500 (agent: No node found with name 'nope')" },
])("force-leave $args is refused: $err", async ({ args, err }) => {
  expect(await forceLeave(...args)).toMatchObject({ status: 1, err: expect.stringContaining(err) });
});
