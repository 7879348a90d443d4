import { Bucket, connectBus } from "@causeway/bus";
import { BUCKETS } from "@causeway/model";
import { eventually, freePort } from "@causeway/testkit";
import { expect, test } from "vitest";
import { ask, ControlPlane } from "./control-plane.ts";

type Readyz = { readonly ready: boolean; readonly waitingFor: readonly { readonly name: string }[] };

test("a bucket that has only just been made is not enough: the agent is ready when what its owner begins with is there", async () => {
  await using plane = await ControlPlane.start(["catalog", "config-entries"]);
  await using resources = new AsyncDisposableStack();
  const log = { info() {}, warn() {} };
  const bus = await connectBus({ url: plane.nats.url, name: "test", datacenter: "dc1", log });
  resources.defer(() => bus.drain());
  for (const bucket of [BUCKETS.caRoots, BUCKETS.intentions]) await Bucket.open(bus, bucket, 1);

  const adminPort = await freePort();
  const starting = plane.startAgent("one", { CAUSEWAY_ADMIN_PORT: String(adminPort) });
  await eventually(async () => {
    const { waitingFor } = (await (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).json()) as Readyz;
    expect(waitingFor.map(({ name }) => name)).toEqual(["intentions", "ca-roots", "answers to other datacenters"]);
  });
  await plane.startOwner("intentions", { CAUSEWAY_DEFAULT_POLICY: "deny" });
  await plane.startOwner("ca");
  const { base } = await starting;
  expect((await ask(base, "GET", "/v1/connect/ca/roots")).json).toMatchObject({ Roots: [{ Active: true }] });
  const check = "/v1/connect/intentions/check?source=a&destination=b";
  expect((await ask(base, "GET", check)).json).toEqual({ Allowed: false });
});
