import { once } from "node:events";
import { connect } from "node:net";
import { instanceRecord, intentionsFor, linkRecord } from "@causeway/routes/testing";
import { eventually, freePort } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { dial, greet, greetingOf, type RoutesPage, served, setStage } from "./support.ts";

describe("a terminating gateway", () => {
  test("serves a service as soon as it is linked, and no more when it is not", async () => {
    await using stage = await setStage();
    await using gateway = await stage.start();
    const web = await stage.mesh.leafFor("web");
    expect(await gateway.debug<RoutesPage>("routes")).toMatchObject({ routes: [], unavailable: [] });
    await expect(greet(stage, "db", web)).rejects.toThrow(/unrecognized name|closed|ECONNRESET/i);

    await stage.addService("db");
    expect(await served(stage, "db", web)).toBe("db ");
    const open = await dial(stage, "db", web);
    open.on("error", () => {});
    await greetingOf(open);

    const closed = expect(once(open, "close")).rejects.toThrow("ECONNRESET");
    await stage.mesh.remove("catalog", "gateway-service", ["gw", "db"]);
    await closed;
    await expect(greet(stage, "db", web)).rejects.toThrow();
    expect(await gateway.debug<RoutesPage>("routes")).toMatchObject({ routes: [] });
  });

  test("takes the service's new instances in, and leaves those that are gone", async () => {
    await using stage = await setStage();
    await stage.addService("db", "old ");
    await using _ = await stage.start();
    const web = await stage.mesh.leafFor("web");
    expect(await greet(stage, "db", web)).toBe("old ");
    // The same instance, registered anew with the address of another service's.
    await stage.addService("db", "new ");
    await eventually(async () => expect(await greet(stage, "db", web)).toBe("new "));
  });

  test("refuses whom no intention allows, and closes what is open when an intention now denies it", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await using gateway = await stage.start();
    await expect(greet(stage, "db", await stage.mesh.leafFor("api"))).rejects.toThrow();

    const open = await dial(stage, "db", await stage.mesh.leafFor("web"));
    open.on("error", () => {});
    await greetingOf(open);
    const closed = expect(once(open, "close")).rejects.toThrow("ECONNRESET");
    await stage.mesh.put("intentions", "destination", ["db"], intentionsFor("db", { web: "deny" }));
    await closed;
    await eventually(async () => {
      const refusals = await gateway.debug<{ outcome: string; source: string }[]>("refusals");
      const told = refusals.map(({ outcome, source }) => `${source} ${outcome}`);
      expect(told).toEqual(["web NO_LONGER_ALLOWED", "api DENIED"]);
    });
  });

  test("waits until it is registered, says so, and follows a registration that changes", async () => {
    await using stage = await setStage({ registered: false });
    await stage.addService("db");
    await using gateway = await stage.start({ until: "started" });
    const readiness = async () => await (await fetch(`${gateway.adminUrl}/readyz`)).text();
    const reason = "instance gw of the service gw on node node1 is not registered";
    await eventually(async () => expect(await readiness()).toContain(reason));

    await stage.mesh.register(stage.registration);
    const web = await stage.mesh.leafFor("web");
    expect(await served(stage, "db", web)).toBe("db ");
    await eventually(async () => expect((await fetch(`${gateway.adminUrl}/readyz`)).status).toBe(200));

    const port = await freePort();
    await stage.mesh.register({ ...stage.registration, Service: { ...stage.registration.Service, Port: port } });
    expect(await served({ ...stage, port }, "db", web)).toBe("db ");
    await eventually(() => expect(once(connect(stage.port, "127.0.0.1"), "connect")).rejects.toThrow(/ECONNREFUSED/));
  });

  test("tells that its address is taken, and takes it when it becomes free", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await using first = await stage.start();
    const env = { CAUSEWAY_PROXY_ID: "gw2", CAUSEWAY_DATA_DIR: "" };
    await stage.mesh.register(instanceRecord({ ...stage.registration.Service, ID: "gw2" }));
    await using second = await stage.start({ until: "started", env });
    await eventually(async () =>
      expect(await (await fetch(`${second.adminUrl}/readyz`)).text()).toContain("EADDRINUSE"),
    );
    await first.process.stop();
    await eventually(async () => expect((await fetch(`${second.adminUrl}/readyz`)).status).toBe(200));
    expect(await served(stage, "db", await stage.mesh.leafFor("web"))).toBe("db ");
  });

  test("a replica is one more process with the same name", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    const port = await freePort();
    await stage.mesh.register(instanceRecord({ ...stage.registration.Service, ID: "gw2", Port: port }));
    await using _ = await stage.start();
    await using _second = await stage.start({ env: { CAUSEWAY_PROXY_ID: "gw2", CAUSEWAY_DATA_DIR: "" } });
    const web = await stage.mesh.leafFor("web");
    expect(await greet(stage, "db", web)).toBe("db ");
    expect(await greet({ ...stage, port }, "db", web)).toBe("db ");
  });

  test("a service that is not in order costs no other", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await stage.mesh.put("configEntries", "service-resolver", ["odd"], {
      Kind: "service-resolver",
      Name: "odd",
      DefaultSubset: "v1",
      Subsets: { v1: { Filter: "no filter at all" } },
      CreateIndex: 0,
      ModifyIndex: 0,
    });
    await stage.mesh.put("catalog", "gateway-service", ["gw", "odd"], linkRecord("gw", "odd"));
    await using gateway = await stage.start();
    expect(await greet(stage, "db", await stage.mesh.leafFor("web"))).toBe("db ");
    await eventually(async () => {
      const { unavailable } = await gateway.debug<RoutesPage>("routes");
      expect(unavailable).toContainEqual({ name: "odd", reason: expect.stringContaining("the filter of subset v1") });
    });
  });

  test("a CA that refuses one service is heard of on the debug page, and asked again", async () => {
    await using stage = await setStage();
    await using gateway = await stage.start();
    stage.mesh.ca.refusal = "Permission denied";
    await stage.addService("db");
    await eventually(async () => {
      const { unavailable } = await gateway.debug<RoutesPage>("routes");
      expect(unavailable).toEqual([{ name: "db", reason: "no leaf certificate: Permission denied" }]);
    });
    stage.mesh.ca.refusal = undefined;
    expect(await served(stage, "db", await stage.mesh.leafFor("web"))).toBe("db ");
  });

  test("SIGTERM lets an open connection finish, takes no new one, and ends with 0", async () => {
    await using stage = await setStage();
    await stage.addService("db");
    await using gateway = await stage.start();
    const web = await stage.mesh.leafFor("web");
    const open = await dial(stage, "db", web);
    await greetingOf(open);
    gateway.process.signal("SIGTERM");
    await gateway.process.waitForLine((line) => line.includes("draining"));
    await eventually(() => expect(greet(stage, "db", web)).rejects.toThrow(/ECONNREFUSED/));
    open.write("last words");
    expect(await greetingOf(open)).toBe("last words");
    open.end();
    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
  });
});
