import { expect, test } from "vitest";
import { runHere, type StandInAnswer, startStandIn } from "../../test/run-here.ts";

const node = {
  Node: "worker-1",
  ID: "1b662d97-8b5c-3cc2-0ac0-96f55ad423b5",
  Address: "10.4.5.31",
  Datacenter: "dc1",
  TaggedAddresses: { wan: "10.4.5.31", lan: "10.4.5.31" },
};
const ANSWERS: Readonly<Record<string, StandInAnswer>> = {
  "/v1/catalog/datacenters": { body: ["dc2", "dc1"] },
  "/v1/catalog/nodes": { body: [{ ...node, Meta: { rack: "7" } }] },
  "/v1/catalog/service/web": { body: [1, 2].map(() => ({ ...node, NodeMeta: { rack: "7" } })) },
  "/v1/catalog/service/nobody": { body: [] },
  "/v1/catalog/services": { body: { web: ["v1", "blue"], consul: [] } },
  "/v1/catalog/node/worker-1": { body: { Services: { a: { Service: "web", Tags: ["v1"] } } } },
  "/v1/catalog/node/gone": { body: "null" },
};

async function catalog(...args: readonly string[]) {
  await using agent = await startStandIn((request) => {
    const path = /^GET ([^?]*)/.exec(request)?.[1] ?? "";
    return ANSWERS[path] ?? { status: 500, body: "No path to datacenter" };
  });
  const ended = await runHere(["catalog", ...args], { env: { CONSUL_HTTP_ADDR: agent.address }, stdin: "ID != a" });
  return { ...ended, asked: agent.asked[0]?.request };
}

test.each([
  { args: ["datacenters"], out: "dc2\ndc1" },
  { args: ["nodes"], out: "Node      ID        Address    DC\nworker-1  1b662d97  10.4.5.31  dc1" },
  {
    args: ["nodes", "-detailed", "-service=web"],
    out: [
      "Node      ID                                    Address    DC   TaggedAddresses               Meta",
      "worker-1  1b662d97-8b5c-3cc2-0ac0-96f55ad423b5  10.4.5.31  dc1  lan=10.4.5.31, wan=10.4.5.31  rack=7",
    ].join("\n"),
  },
  { args: ["services"], out: "consul\nweb" },
  { args: ["services", "-tags"], out: "consul\nweb         blue,v1" },
  { args: ["services", "-node=worker-1", "-tags"], out: "web      v1" },
])("catalog $args", async ({ args, out }) => {
  expect(await catalog(...args)).toMatchObject({ status: 0, out, err: "" });
});

test.each([
  {
    args: ["nodes", "-near=_agent", "-node-meta", "rack=7"],
    asked: "/v1/catalog/nodes?node-meta=rack%3A7&near=_agent",
  },
  { args: ["nodes", "-filter=-"], asked: "/v1/catalog/nodes?filter=ID+%21%3D+a" },
  {
    args: ["services", "-node-meta", "a=b", "-node-meta=c=d"],
    asked: "/v1/catalog/services?node-meta=a%3Ab&node-meta=c%3Ad",
  },
])("catalog $args asks for what is meant", async ({ args, asked }) => {
  expect(await catalog(...args)).toMatchObject({ status: 0, asked: `GET ${asked}` });
});

test.each([
  { args: ["nodes", "-service=nobody"], status: 0, err: "No nodes match the given query - try expanding your search." },
  {
    args: ["services", "-node=gone"],
    status: 0,
    err: "No services match the given query - try expanding your search.",
  },
  {
    args: ["nodes", "-service=x", "-datacenter=dc9"],
    status: 1,
    err: "Error listing nodes for service: Unexpected response code: 500 (No path to datacenter)",
  },
])("catalog $args tells people, and programs by exit status $status", async ({ args, status, err }) => {
  expect(await catalog(...args)).toMatchObject({ status, out: "", err });
});

test("info prints what the agent counts, in the order of the names", async () => {
  const Stats = { consul: { server: "true", leader: "true" }, agent: { services: "3" } };
  await using agent = await startStandIn(() => ({ body: { Stats } }));
  const out = "agent:\n\tservices = 3\nconsul:\n\tleader = true\n\tserver = true";
  expect(await runHere(["info", `-http-addr=${agent.address}`])).toEqual({ status: 0, out, err: "" });
});
