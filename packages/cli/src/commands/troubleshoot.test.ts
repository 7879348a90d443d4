import { describe, expect, test } from "vitest";
import { type Ended, runHere, type StandInAnswer, startStandIn } from "../../test/run-here.ts";

/** Runs a command against an agent that answers these paths, and 404 to others. */
async function run(line: string, answers: Readonly<Record<string, StandInAnswer>> = {}): Promise<Ended> {
  await using agent = await startStandIn((request) => answers[request.replace("GET ", "")] ?? { status: 404 });
  return await runHere(line.split(" "), { env: { CONSUL_HTTP_ADDR: agent.address } });
}

describe("a question that cannot be answered ends with 2, not like a step that failed", () => {
  test.each([
    { line: "troubleshoot upstream", err: /who calls\? Give -service or -sidecar$/ },
    { line: "troubleshoot upstream -service web", err: /what does web call\? Give -destination$/ },
    {
      line: "troubleshoot upstreams -envoy-admin-endpoint localhost:19000",
      err: /not applicable: .* -service or -sidecar/,
    },
    { line: "troubleshoot proxy -upstream-ip 10.0.0.1", err: /not applicable: .* -destination$/ },
    { line: "troubleshoot proxy -upstream-envoy-id api", err: /not applicable: .* -destination$/ },
    { line: "troubleshoot upstream -service web -destination api -timeout soon", err: /-timeout must be a number/ },
    { line: "troubleshoot upstream -bogus", err: /unknown option '--bogus'/ },
    { line: "troubleshoot connection web", err: /no proxy is registered as "web"/ },
    { line: "explain intention web", err: /missing required argument 'destination'/ },
    { line: "explain intention web api", err: /Unexpected response code: 404/ },
  ])("$line", async ({ line, err }) => {
    expect(await run(line)).toMatchObject({ status: 2, out: "", err: expect.stringMatching(err) });
  });

  test("where no agent answers", async () => {
    const line = "troubleshoot upstream -service web -destination api -http-addr 127.0.0.1:1";
    expect(await runHere(line.split(" "))).toMatchObject({
      status: 2,
      err: expect.stringContaining("no agent answers"),
    });
  });
});

test("the source is found by the ID of its sidecar", async () => {
  const proxy = {
    ID: "p",
    Service: "web-sidecar-proxy",
    Kind: "connect-proxy",
    Proxy: { DestinationServiceName: "web" },
  };
  const answers = {
    "/v1/agent/services": { body: { p: proxy } },
    "/v1/health/service/web": { body: [] },
    "/v1/health/connect/web": { body: [] },
  };
  const { status, out } = await run("troubleshoot upstream -sidecar p -destination api", answers);
  expect({ status, out }).toEqual({
    status: 1,
    out: expect.stringMatching(/^failed {6}web is registered: no service web/),
  });
  const stranger = await run("troubleshoot upstream -sidecar q -destination api", answers);
  expect(stranger).toMatchObject({ status: 2, err: expect.stringContaining("give -service as well") });
});

test("what the token may not see is not checked, and so nothing is known", async () => {
  const refused: StandInAnswer = { status: 403, body: "Permission denied" };
  await using agent = await startStandIn(() => refused);
  const line = ["troubleshoot", "upstream", "-service", "web", "-destination", "api", "-json"];
  const { status, out } = await runHere(line, { env: { CONSUL_HTTP_ADDR: agent.address } });
  const { Result, Steps } = JSON.parse(out);
  expect({ status, Result }).toEqual({ status: 2, Result: "unknown" });
  expect(Steps.filter(({ State }: { readonly State: string }) => State !== "not checked")).toEqual([]);
});
