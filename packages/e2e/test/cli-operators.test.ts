import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, spawnProcess, temporaryDirectory } from "@causeway/testkit";
import { expect, test } from "vitest";
import { CAUSEWAY } from "../src/index.ts";
import { runInTurn } from "./command-steps.ts";
import { shared } from "./support.ts";

const facts = shared(async (_mesh, resources) => ({ files: resources.use(await temporaryDirectory()) }));

test("members, info and version: who is there, and what they count", async () => {
  await runInTurn(facts(), [
    {
      run: "members",
      out: /^Node +Address +Status +Type +Build +Protocol +DC +Segment\n\S+ +127\.0\.0\.1:8301 +alive +server +1\.8\.7 +2 +dc1 +<all>$/,
    },
    {
      run: "members -wan -detailed",
      out: /^Node +Address +Status +Tags\n.* alive +build=1\.8\.7,dc=dc1,.*role=consul/,
    },
    { run: "members -status=left", status: 2 },
    { run: "members -wan -segment=other", status: 1, err: /^Error retrieving members: .*400/ },
    { run: "info", out: /^agent:\n[\s\S]*\tservices = 0\nconsul:\n[\s\S]*\tserver = true/ },
    { run: "version", out: /^Consul v1\.8\.7 / },
    { run: "rtt here there", status: 1, err: /not applicable: there are no network coordinates/ },
  ]);
});

test("catalog: details, tags, nodes by their meta data, and datacenters that there are not", async () => {
  const node = { Node: "ext", Address: "198.51.100.9", NodeMeta: { rack: "7" } };
  await facts().mesh.agent.put("/v1/catalog/register", { ...node, Service: { Service: "mail", Tags: ["b", "a"] } });
  await runInTurn(facts(), [
    {
      run: "catalog nodes -detailed -node-meta=rack=7",
      out: /^Node +ID +Address +DC +TaggedAddresses +Meta\next +198\.51\.100\.9 +dc1 +rack=7$/,
    },
    { run: "catalog nodes -service=mail -near=_agent", out: /^Node +ID +Address +DC\next +198\.51\.100\.9 +dc1$/ },
    { run: 'catalog nodes -filter=Node=="ext" -stale', out: /^Node +ID +Address +DC\next / },
    { run: "catalog services -tags -node=ext", out: "mail      a,b" },
    { run: "catalog services -node-meta=rack=8", err: /^No services match/ },
    { run: "catalog nodes -datacenter=dc9", status: 1, err: /^Error listing nodes: .*No path to datacenter/ },
  ]);
});

test("watch: a handler runs when a key gets its value, and again when that changes", async () => {
  const { mesh, files } = facts();
  const log = join(files.path, "watched");
  const env = { CONSUL_HTTP_ADDR: new URL(mesh.agent.url).host, SHELL: "/bin/sh" };
  const args = [CAUSEWAY, "watch", "-type=key", "-key=app/color", "cat >>", log];
  await using watching = await spawnProcess(process.execPath, args, { env });
  const values = async () => {
    const lines = (await readFile(log, "utf8")).trim().split("\n");
    return lines.map((line) => JSON.parse(line)?.Value ?? null);
  };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  await eventually(async () => expect(await values()).toEqual([null]));
  await runInTurn(facts(), [{ run: "kv put app/color red", out: /^Success/ }]);
  await eventually(async () => expect(await values()).toEqual([null, base64("red")]));
  await runInTurn(facts(), [
    { run: "kv put app/other unheard", out: /^Success/ },
    { run: "kv put app/color blue", out: /^Success/ },
  ]);
  await eventually(async () => expect(await values()).toEqual([null, base64("red"), base64("blue")]));
  expect(await watching.stop()).toEqual({ code: 0, signal: null });
});

test("watch without a handler prints what there is", async () => {
  await runInTurn(facts(), [
    { run: "watch -type=service -service=consul -passingonly=true", out: /^\[[\s\S]*"Service": "consul"/ },
    { run: "watch -type=nodes", out: /^\[[\s\S]*"Node": / },
    { run: "watch -type=checks -state=critical", out: "[]" },
    { run: "watch -type=keyprefix -prefix=nowhere/", out: "null" },
    { run: "watch -type=connect_roots", out: /"ActiveRootID"/ },
  ]);
});

test("connect expose: an ingress gateway leads to a service, and may call it", async () => {
  const expose = "connect expose -service=shop -ingress-gateway=front";
  await runInTurn(facts(), [
    {
      run: `${expose} -port=8888`,
      out: 'Successfully updated config entry for ingress service "front"\nSuccessfully set up intention for "front" -> "shop"',
    },
    { run: "config read -kind=ingress-gateway -name=front", out: /"Port": 8888,[\s\S]*"Name": "shop"/ },
    { run: "intention check front shop", out: "Allowed" },
    {
      run: `${expose} -port=8888`,
      out: /^Updating service definition for "shop" on listener with port 8888\n.*\nIntention already exists for "front" -> "shop"$/,
    },
    { run: `${expose} -port=8888 -protocol=http`, status: 1, err: /^Listener on port 8888 already configured/ },
    { run: "intention delete front shop", out: "Intention deleted." },
    { run: "config delete -kind=ingress-gateway -name=front", out: "Config entry deleted: ingress-gateway/front" },
  ]);
});

test("federation: this datacenter and its gateways", async () => {
  const wan = { Address: "203.0.113.7", Port: 443 };
  const Service = { Service: "front-door", Kind: "mesh-gateway", Port: 8443, TaggedAddresses: { lan: wan, wan } };
  await facts().mesh.agent.put("/v1/catalog/register", { Node: "edge", Address: "198.51.100.1", Service });
  const row = /^Datacenter +Path .*\ndc1 \(primary\) +here +front-door on edge +203\.0\.113\.7:443 +passing +\d+s ago$/;
  await eventually(() => runInTurn(facts(), [{ run: "federation list", out: row }]));
  await runInTurn(facts(), [
    { run: "federation read dc1", out: /"Datacenter": "dc1",[\s\S]*"Service": "front-door"/ },
    { run: "federation read dc9", status: 1, err: /^Datacenter "dc9" has published nothing/ },
  ]);
});
