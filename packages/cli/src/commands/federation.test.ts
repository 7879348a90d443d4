import { expect, test } from "vitest";
import { runHere, type StandInAnswer, startStandIn } from "../../test/run-here.ts";

const states = ["dc1", "dc2", "dc3"].map((Datacenter) => ({ Datacenter, UpdatedAt: new Date().toISOString() }));

/** Runs a command over the agent of dc2, to which there is no path from dc3. */
async function run(line: string, answers: Readonly<Record<string, StandInAnswer>> = {}) {
  const all: Readonly<Record<string, StandInAnswer>> = {
    "/v1/internal/federation-states": { body: states },
    "/v1/internal/federation-state/dc2": { body: { State: states[1] } },
    "/v1/agent/self": { body: { Config: { Datacenter: "dc2", PrimaryDatacenter: "dc1" } } },
    "/v1/catalog/service/consul?dc=dc1": { body: [] },
    "/v1/catalog/service/consul?dc=dc2": { body: [] },
    "/v1/catalog/service/consul?dc=dc3": { status: 500, body: "No path to datacenter" },
    ...answers,
  };
  await using agent = await startStandIn((request) => all[request.replace("GET ", "")] ?? { status: 404 });
  return await runHere(line.split(" "), { env: { CONSUL_HTTP_ADDR: agent.address } });
}

test("federation list tells where the agent is, where the primary is, and what can be reached", async () => {
  const { status, out } = await run("federation list");
  const start = out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 3));
  expect({ status, start }).toEqual({
    status: 0,
    start: [
      ["Datacenter", "Path", "Mesh gateway"],
      ["dc1 (primary)", "open", "none"],
      ["dc2", "here", "none"],
      ["dc3", "none", "none"],
    ],
  });
});

test("federation list -format=json and federation read are for programs", async () => {
  expect(JSON.parse((await run("federation list -format=json")).out)).toEqual(states);
  expect(JSON.parse((await run("federation read dc2")).out)).toEqual(states[1]);
});

test.each([
  {
    line: "federation list",
    answer: { body: [] },
    status: 0,
    err: "No datacenter has published how it is reached: is the service `federation` running?",
  },
  {
    line: "federation list",
    answer: { status: 500, body: "no" },
    status: 1,
    err: "Error listing federation states: Unexpected response code: 500 (no)",
  },
  {
    line: "federation read dc9",
    answer: {},
    status: 1,
    err: 'Datacenter "dc9" has published nothing: see "causeway federation list"',
  },
])("$line tells $err", async ({ line, answer, status, err }) => {
  expect(await run(line, { "/v1/internal/federation-states": answer })).toEqual({ status, out: "", err });
});
