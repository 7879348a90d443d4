import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";

test.each([
  { line: "intention check web db", status: 2, start: "Error checking the connection: " },
  { line: "intention match web", status: 1, start: "Error matching the connection: " },
  { line: "intention list", status: 1, start: "Error retrieving intentions list: " },
  { line: "intention get web db", status: 1, start: "Error looking up intention: " },
  { line: "intention create -replace web db", status: 1, start: "Error looking up intention: " },
  { line: "services register -name=web", status: 1, start: 'Error registering service "web": ' },
  { line: "services deregister -id=web", status: 1, start: 'Error deregistering service "web": ' },
])("$line: a refusal of the agent ends it with $status", async ({ line, status, start }) => {
  await using agent = await startStandIn(() => ({ status: 403, body: "Permission denied" }));
  const ended = await runHere(line.split(" "), { env: { CONSUL_HTTP_ADDR: agent.address } });
  expect(ended).toEqual({ status, out: "", err: `${start}Unexpected response code: 403 (Permission denied)` });
});

test.each([
  { line: "intention check -http-addr=http:// web db", status: 2, err: /^Error checking the connection: .*no address/ },
  { line: "intention match -source -destination web", status: 1, err: /only one of -source or -destination/ },
  { line: "services deregister -id=web web.hcl", status: 1, err: /requires arguments or -id, not both/ },
])("$line is refused with $status", async ({ line, status, err }) => {
  expect(await runHere(line.split(" "))).toEqual({ status, out: "", err: expect.stringMatching(err) });
});
