import { once } from "node:events";
import { connect } from "node:net";
import { APPLICATION_DATA, eventually, startRecordingRelay } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { closeOf, dial, next, type Refusals, setStage } from "./support.ts";

describe("a mesh gateway", () => {
  test("carries mutual TLS from end to end, and cannot read it", async () => {
    await using stage = await setStage("service");
    await using behind = await startRecordingRelay(await stage.startSidecar("db"));
    await using before = await startRecordingRelay(stage.port);
    await stage.register("db", behind.port);
    const web = await stage.mesh.leafFor("web");

    await eventually(async () => expect(await stage.debug("routes")).toMatchObject({ routes: [{ name: "db" }] }));

    const { socket, greeting } = await dial({ ...stage, port: before.port }, "db", web);
    expect(greeting).toBe("db ");
    expect(socket.authorized).toBe(true);
    const identity = `spiffe://${stage.mesh.trustDomain}/ns/default/dc/dc1/svc/db`;
    expect(socket.getPeerX509Certificate()?.subjectAltName).toBe(`URI:${identity}`);
    socket.write("a secret word");
    expect(await next(socket)).toBe("a secret word");
    expect(await stage.debug("connections")).toMatchObject([{ destination: "db" }]);
    socket.end();
    await once(socket, "close");

    expect(behind.fromClient()).toEqual(before.fromClient());
    expect(behind.fromServer()).toEqual(before.fromServer());
    for (const records of [before.fromClient(), before.fromServer()]) {
      expect(records.filter((record) => record.startsWith(APPLICATION_DATA)).length).toBeGreaterThan(1);
      expect(records.join("")).not.toContain(Buffer.from("a secret word").toString("hex"));
    }
    expect(await stage.debug("leaves")).toEqual([]);
  });

  test("leaves a service's open connection alone while another's configuration changes and goes", async () => {
    await using stage = await setStage();
    for (const name of ["db", "api"]) await stage.register(name, await stage.startService(name));
    const web = await stage.mesh.leafFor("web");
    const { socket: toDb } = await eventually(() => dial(stage, "db", web));
    const { socket: toApi } = await eventually(() => dial(stage, "api", web));
    const [{ id } = { id: -1 }] = await stage.debug<{ id: number }[]>("connections");

    await stage.mesh.put("configEntries", "service-resolver", ["api"], {
      Kind: "service-resolver",
      Name: "api",
      Subsets: { v1: {} },
      CreateIndex: 0,
      ModifyIndex: 0,
    });
    await eventually(async () => (await dial(stage, "v1.api", web)).socket.destroy());
    toApi.write("still here");
    expect(await next(toApi)).toBe("still here");

    const closed = closeOf(toApi);
    await stage.mesh.remove("catalog", "connect", ["api", "api-sidecar-proxy"]);
    await closed;
    toDb.write("untouched");
    expect(await next(toDb)).toBe("untouched");
    // Those that were closed are told of until the gateway has closed both of their ends.
    await eventually(async () => expect(await stage.debug("connections")).toMatchObject([{ id, destination: "db" }]));
    toDb.destroy();
  });

  test("with an empty catalog is ready and listens; it refuses unknown names with the reason, and serves what comes", async () => {
    await using stage = await setStage();
    const probe = connect(stage.port, "127.0.0.1");
    await once(probe, "connect");
    probe.destroy();

    const web = await stage.mesh.leafFor("web");
    await expect(dial(stage, "db", web)).rejects.toThrow(/unrecognized name/);
    const serverName = `db.default.dc1.internal.${stage.mesh.trustDomain}`;
    await eventually(async () => {
      const [refusal] = await stage.debug<Refusals>("refusals");
      expect(refusal).toMatchObject({ outcome: "NO_ROUTE", serverName });
    });

    await stage.register("db", await stage.startService("db"));
    const { socket, greeting } = await eventually(() => dial(stage, "db", web));
    expect(greeting).toBe("db ");
    socket.destroy();
  });
});
