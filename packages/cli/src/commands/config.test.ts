import { expect, test } from "vitest";
import { runHere, type StandInAnswer, startStandIn } from "../../test/run-here.ts";

/** Runs a command over a stand-in that gives one answer to everything. */
async function run(line: string, answer: StandInAnswer, stdin = "") {
  await using agent = await startStandIn(() => answer);
  const ended = await runHere(line.split(" "), { env: { CONSUL_HTTP_ADDR: agent.address }, stdin });
  return { ...ended, asked: agent.asked.map(({ request }) => request) };
}

test.each([
  {
    line: "config write -cas -modify-index=7 -",
    answer: { body: "true" },
    asked: "PUT /v1/config?cas=7",
    expected: { status: 0, out: "Config entry written: service-defaults/web" },
  },
  {
    line: "config write -cas -modify-index=7 -",
    answer: { body: "false" },
    asked: "PUT /v1/config?cas=7",
    expected: { status: 1, err: "Config entry not updated: service-defaults/web: it is no longer at index 7" },
  },
  {
    line: "config delete -filename -",
    answer: { body: "{}" },
    asked: "DELETE /v1/config/service-defaults/web",
    expected: { status: 0, out: "Config entry deleted: service-defaults/web" },
  },
  {
    line: "config delete -kind=service-defaults -name=web -cas -modify-index=7",
    answer: { body: "false" },
    asked: "DELETE /v1/config/service-defaults/web?cas=7",
    expected: { status: 1, err: "Config entry not deleted: service-defaults/web: it is no longer at index 7" },
  },
  {
    line: "config delete -kind=service-defaults -name=web",
    answer: { status: 403, body: "Permission denied" },
    asked: "DELETE /v1/config/service-defaults/web",
    expected: {
      status: 1,
      err: "Error deleting config entry service-defaults/web: Unexpected response code: 403 (Permission denied)",
    },
  },
])("$line: $answer.body", async ({ line, answer, asked, expected }) => {
  const ended = await run(line, answer, 'Kind = "service-defaults"\nName = "web"\n');
  expect(ended).toEqual({ out: "", err: "", ...expected, asked: [asked] });
});

test.each([
  { line: "config delete -filename=web.hcl -name=web", status: 1, err: "filename can't be used with kind or name" },
  { line: "config delete -kind=mesh", status: 1, err: "Must specify the -name parameter" },
  {
    line: "config delete -kind=mesh -name=mesh -modify-index=1",
    status: 1,
    err: "Cannot specify -modify-index without -cas",
  },
  { line: "config delete -kind=mesh -name=mesh -cas", status: 1, err: "-cas needs -modify-index" },
  {
    line: "config delete -kind=mesh -name=mesh -cas -modify-index=x",
    status: 1,
    err: '-modify-index must be a number, not "x"',
  },
  { line: "intention check -bogus web db", status: 2, err: "error: unknown option '--bogus'" },
])("$line is refused before anything is asked", async ({ line, status, err }) => {
  expect(await run(line, {})).toEqual({ status, out: "", err, asked: [] });
});
