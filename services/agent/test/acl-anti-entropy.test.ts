import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, temporaryDirectory } from "@causeway/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AclPlane, WRITE_WEB } from "./acl-plane.ts";
import type { RunningAgent } from "./control-plane.ts";

let plane: AclPlane;
beforeAll(async () => {
  plane = await AclPlane.start();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const instances = async (service: string) =>
  (await plane.root("GET", `/v1/catalog/service/${service}`)).json as object[];
const checksOf = async (node: string) =>
  ((await plane.root("GET", `/v1/health/node/${node}`)).json as { CheckID: string }[]).map(({ CheckID }) => CheckID);

/** The warning of an agent in which all of `parts` stand, which may be about to be written. */
const warning = ({ process }: RunningAgent, ...parts: readonly string[]) =>
  eventually(() => {
    const line = process.lines.map(({ text }) => text).find((text) => parts.every((part) => text.includes(part)));
    if (line === undefined) throw new Error(`no line with ${parts.join(" and ")}`);
    return JSON.parse(line) as Record<string, unknown>;
  });

test("an agent without a token is a node that is alive, whose addresses it may not tell, and says so", async () => {
  const { json } = await plane.root("GET", "/v1/catalog/node/one");
  expect(json).toMatchObject({ Node: { Node: "one", TaggedAddresses: {} }, Services: { consul: { Port: 8300 } } });
  expect(await checksOf("one")).toContain("serfHealth");
  await warning(plane.agent, "Node info update blocked by ACLs", '"level":"warn"');
});

test("a service is told by the token that registered it; one whose token may not stays out and stops no other", async () => {
  const secret = await plane.having(WRITE_WEB);
  const ID = "web-local";
  await plane.as(secret, "PUT", "/v1/agent/service/register", { ID, Name: "web", Check: { CheckID: "w", TTL: "1m" } });
  await eventually(async () => expect(await instances("web")).toContainEqual(expect.objectContaining({ Node: "one" })));
  // The token is taken away after its registration.
  const { AccessorID } = (await plane.as(secret, "GET", "/v1/acl/token/self")).json as { AccessorID: string };
  expect((await plane.root("DELETE", `/v1/acl/token/${AccessorID}`)).status).toBe(200);
  await plane.root("PUT", "/v1/agent/check/pass/w");
  await plane.root("PUT", "/v1/agent/service/register", { Name: "after" });
  await eventually(async () => expect(await instances("after")).toHaveLength(1));
  expect(await warning(plane.agent, "Check registration blocked by ACLs")).toMatchObject({ check: "w", level: "warn" });
  const shown = [
    plane.agent.process.lines.map(({ text }) => text).join(),
    (await plane.root("GET", "/v1/agent/services")).text,
  ];
  for (const text of shown) expect(text).not.toContain(secret);
});

test("with a token of its own the agent tells of its node, and takes away what is not registered with it", async () => {
  await plane.root("PUT", "/v1/catalog/register", {
    Node: "one",
    Address: "127.0.0.1",
    SkipNodeUpdate: true,
    Service: { Service: "stray" },
  });
  await plane.root("PUT", "/v1/agent/service/register", { Name: "wakes" });
  await warning(plane.agent, "Service deregistration blocked by ACLs", "stray");
  expect(await instances("stray")).toHaveLength(1);
  const Token = await plane.having('node "one" { policy = "write" }');
  expect((await plane.root("PUT", "/v1/agent/token/agent", { Token })).status).toBe(200);
  await eventually(async () => {
    expect(await instances("stray")).toEqual([]);
    const { json } = await plane.root("GET", "/v1/catalog/node/one");
    expect(json).toMatchObject({ Node: { TaggedAddresses: { lan: "127.0.0.1" } } });
  });
});

test("after a restart services are told by the tokens that registered them, and the agent keeps its own", async () => {
  await using folder = await temporaryDirectory();
  const kept = { CAUSEWAY_DATA_DIR: folder.path, CAUSEWAY_ACL_ENABLE_TOKEN_PERSISTENCE: "true" };
  const first = await plane.startAgent("two", kept);
  const secret = await plane.having('service "kept" { policy = "write" }');
  const Token = await plane.having('node "two" { policy = "write" } agent "two" { policy = "write" }');
  const at = (agent: RunningAgent, path: string, body: unknown, token: string) =>
    plane.at(agent, token, "PUT", path, body);
  expect((await at(first, "/v1/agent/service/register", { Name: "kept" }, secret)).status).toBe(200);
  expect((await at(first, "/v1/agent/token/agent", { Token }, Token)).status).toBe(200);
  await eventually(async () => expect(await instances("kept")).toHaveLength(1));
  await first.process.stop();
  expect(JSON.parse(await readFile(join(folder.path, "acl-tokens.json"), "utf8"))).toEqual({ agent: Token });
  await plane.root("PUT", "/v1/catalog/deregister", { Node: "two" });
  await plane.startAgent("two", kept);
  await eventually(async () => {
    expect(await instances("kept")).toHaveLength(1);
    const { json } = await plane.root("GET", "/v1/catalog/node/two");
    expect(json).toMatchObject({ Node: { TaggedAddresses: { lan: "127.0.0.1" } } });
  });
});
