import { expect, test } from "vitest";
import { runHere, startStandIn } from "../../test/run-here.ts";

const server = {
  Name: "s1",
  Addr: "10.0.0.1",
  Port: 8301,
  Tags: { role: "consul", dc: "dc1", build: "1.8.7:abc", segment: "" },
  Status: 1,
  ProtocolCur: 2,
};
const client = {
  ...server,
  Name: "a-client",
  Addr: "fd00::1",
  Tags: { role: "node", dc: "dc1", build: "1.8.7", vsn: "3" },
  Status: 4,
};

async function members(...args: readonly string[]) {
  await using agent = await startStandIn(() => ({ body: [client, server] }));
  const ended = await runHere(["members", ...args], { env: { CONSUL_HTTP_ADDR: agent.address } });
  return { ...ended, asked: agent.asked.map(({ request }) => request) };
}

test.each([
  {
    fact: "servers come before clients, in Consul's columns",
    args: [],
    asked: "GET /v1/agent/members?segment=_all",
    out: [
      "Node      Address         Status  Type    Build  Protocol  DC   Segment",
      "s1        10.0.0.1:8301   alive   server  1.8.7  2         dc1  <all>",
      "a-client  [fd00::1]:8301  failed  client  1.8.7  3         dc1  <default>",
    ],
  },
  {
    fact: "-detailed shows tags in the order of their names",
    args: ["-detailed", "-status=alive"],
    asked: "GET /v1/agent/members?segment=_all",
    out: [
      "Node  Address        Status  Tags",
      "s1    10.0.0.1:8301  alive   build=1.8.7:abc,dc=dc1,role=consul,segment=",
    ],
  },
  {
    fact: "-wan asks for the servers of all datacenters",
    args: ["-wan", "-status=^failed$"],
    asked: "GET /v1/agent/members?wan=1",
    out: [
      "Node      Address         Status  Type    Build  Protocol  DC   Segment",
      "a-client  [fd00::1]:8301  failed  client  1.8.7  3         dc1  <default>",
    ],
  },
])("members: $fact", async ({ args, asked, out }) => {
  expect(await members(...args)).toEqual({ status: 0, out: out.join("\n"), err: "", asked: [asked] });
});

test("members: exit status 2 says that nobody matches, and 1 that the expression is none", async () => {
  expect(await members("-status=left")).toMatchObject({ status: 2, out: "", err: "" });
  const wrong = await members("-status=(");
  expect(wrong).toMatchObject({
    status: 1,
    asked: [],
    err: expect.stringMatching(/^Failed to compile status regexp: /),
  });
});
