import { expect, test } from "vitest";
import { runHere, type StandInAnswer, startStandIn } from "../../test/run-here.ts";

const ENTRY = { Kind: "ingress-gateway", Name: "in", ModifyIndex: 7 };
const LISTENER = { Port: 80, Protocol: "tcp", Services: [{ Name: "web" }] };

/** Exposes web on port 80 over a stand-in that answers by method and path. */
async function expose(answers: Readonly<Record<string, StandInAnswer>>, ...flags: readonly string[]) {
  await using agent = await startStandIn((request) => answers[request.replace(/\?.*/, "")] ?? { body: "true" });
  const all = ["-service=web", "-ingress-gateway=in", "-port=80", ...flags];
  const ended = await runHere(["connect", "expose", ...all], { env: { CONSUL_HTTP_ADDR: agent.address } });
  return { ...ended, asked: agent.asked };
}

const ENTRY_PATH = "GET /v1/config/ingress-gateway/in";
const INTENTION_PATH = "GET /v1/connect/intentions/exact";

test("a gateway without an entry gets one, and an intention that lets it call", async () => {
  const absent = { status: 404, body: "not found" };
  const { asked, ...ended } = await expose({ [ENTRY_PATH]: absent, [INTENTION_PATH]: absent });
  expect(ended).toEqual({
    status: 0,
    out: 'Successfully updated config entry for ingress service "in"\nSuccessfully set up intention for "in" -> "web"',
    err: "",
  });
  expect(asked.map(({ request }) => request)).toEqual([
    ENTRY_PATH,
    "PUT /v1/config?cas=0",
    `${INTENTION_PATH}?source=in&destination=web`,
    "PUT /v1/connect/intentions/exact?source=in&destination=web",
  ]);
  expect(JSON.parse(asked[1]?.body ?? "")).toEqual({ Kind: "ingress-gateway", Name: "in", Listeners: [LISTENER] });
  expect(JSON.parse(asked[3]?.body ?? "")).toEqual({ SourceType: "consul", Action: "allow" });
});

test("what is there already is defined anew, and nothing else changes", async () => {
  const { out, asked } = await expose(
    {
      [ENTRY_PATH]: { body: { ...ENTRY, TLS: { Enabled: true }, Listeners: [LISTENER] } },
      [INTENTION_PATH]: { body: { Action: "allow" } },
    },
    "-host=web.example.com",
  );
  expect(out.split("\n")).toEqual([
    'Updating service definition for "web" on listener with port 80',
    'Successfully updated config entry for ingress service "in"',
    'Intention already exists for "in" -> "web"',
  ]);
  expect(asked[1]?.request).toBe("PUT /v1/config?cas=7");
  const services = [{ Name: "web", Hosts: ["web.example.com"] }];
  expect(JSON.parse(asked[1]?.body ?? "")).toMatchObject({
    TLS: { Enabled: true },
    Listeners: [{ ...LISTENER, Services: services }],
  });
});

test.each([
  {
    fact: "an entry that was changed in between",
    answers: { [ENTRY_PATH]: { body: ENTRY }, "PUT /v1/config": { body: "false" } },
    err: "Ingress config entry was changed while attempting to update, please try again.",
  },
  {
    fact: "an entry that may not be read",
    answers: { [ENTRY_PATH]: { status: 403, body: "Permission denied" } },
    err: "Error fetching existing ingress gateway configuration: Unexpected response code: 403 (Permission denied)",
  },
  { fact: "a port that is none", answers: {}, flags: ["-port=0"], err: "A port must be provided via the -port flag." },
  { fact: "a port beyond all", answers: {}, flags: ["-port=65536"], err: '-port must be from 1 to 65535, not "65536"' },
])("$fact is told, with exit status 1", async ({ answers, flags = [], err }) => {
  expect(await expose(answers, ...flags)).toMatchObject({ status: 1, out: "", err });
});
