import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";

const REASON = "Not left: no service answers";

test.each([
  { answer: {}, ended: { status: 0, out: "Graceful leave complete", err: "" } },
  {
    answer: { status: 500, body: REASON },
    ended: {
      status: 1,
      out: "",
      err: expect.stringContaining(`Error leaving: Unexpected response code: 500 (${REASON})`),
    },
  },
])("leave says how it ended: $ended.status", async ({ answer, ended }) => {
  await using agent = await startStandIn(() => answer);
  expect(await runHere(["leave"], { env: { CONSUL_HTTP_ADDR: agent.address } })).toMatchObject(ended);
  expect(agent.asked.map(({ request }) => request)).toEqual(["PUT /v1/agent/leave"]);
});
