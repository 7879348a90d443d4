import { once } from "node:events";
import { eventually } from "@causeway/testkit";
import { describe, expect, test } from "vitest";
import { allow, dial, greet, next, type Refusals, setStage } from "./support.ts";

describe("a sidecar proxy", () => {
  test("carries its application's connections to another's sidecar, and from there to its application", async () => {
    await using stage = await setStage();
    const web = await stage.addService("web", "db");
    const db = await stage.addService("db");
    await allow(stage.mesh, "db", "web");
    await using _web = await stage.startSidecar(web);
    await using dbSidecar = await stage.startSidecar(db);

    const socket = await dial(web.upstreamPorts["db"]);
    expect(await next(socket)).toBe("db ");
    socket.write("hello");
    expect(await next(socket)).toBe("hello");
    expect(await dbSidecar.debug("connections")).toMatchObject([{ source: "web", destination: "db" }]);
    // Half-close goes through both proxies to the application and back.
    socket.end();
    await once(socket, "end");
  });

  test("enforces the intentions of its application, on open connections too", async () => {
    await using stage = await setStage();
    const web = await stage.addService("web", "db");
    const db = await stage.addService("db");
    await using _web = await stage.startSidecar(web);
    await using dbSidecar = await stage.startSidecar(db);
    await expect(greet(web.upstreamPorts["db"])).rejects.toThrow();

    await allow(stage.mesh, "db", "web");
    await eventually(async () => expect(await greet(web.upstreamPorts["db"])).toBe("db "));
    const open = await dial(web.upstreamPorts["db"]);
    await next(open);
    const closed = expect(once(open, "close")).rejects.toThrow("ECONNRESET");
    await allow(stage.mesh, "db", "api");
    await closed;
    await eventually(async () => {
      const [refusal] = await dbSidecar.debug<Refusals>("refusals");
      expect(refusal).toMatchObject({ source: "web", outcome: "NO_LONGER_ALLOWED" });
    });
  });

  test("dials nobody who cannot prove to be the destination", async () => {
    await using stage = await setStage();
    const web = await stage.addService("web", "db");
    const api = await stage.addService("api");
    await allow(stage.mesh, "api", "web");
    // The catalog says that db is where in truth api is.
    const Provider = "db-sidecar-proxy";
    const proxy = { ...api.sidecar.Service.Proxy, DestinationServiceName: "db" };
    await stage.mesh.register({ ...api.sidecar, Service: { ...api.sidecar.Service, Service: Provider, Proxy: proxy } });
    await stage.mesh.put("catalog", "connect", ["db", Provider], {
      Destination: "db",
      Provider,
      Kind: "connect-proxy",
    });
    await using sidecar = await stage.startSidecar(web);
    await using _api = await stage.startSidecar(api);
    await expect(greet(web.upstreamPorts["db"])).rejects.toThrow();
    await eventually(async () => {
      const [refusal] = await sidecar.debug<Refusals>("refusals");
      expect(JSON.stringify(refusal)).toContain("WRONG_PEER_IDENTITY");
    });
  });

  test("follows its registration: upstreams come and go while it runs", async () => {
    await using stage = await setStage();
    const web = await stage.addService("web", "db");
    const db = await stage.addService("db");
    await allow(stage.mesh, "db", "web");
    await using _web = await stage.startSidecar(web);
    await using _db = await stage.startSidecar(db);
    expect(await greet(web.upstreamPorts["db"])).toBe("db ");
    const { Service } = web.sidecar;
    await stage.mesh.register({ ...web.sidecar, Service: { ...Service, Proxy: { ...Service.Proxy, Upstreams: [] } } });
    await eventually(() => expect(dial(web.upstreamPorts["db"])).rejects.toThrow(/ECONNREFUSED/));
    await stage.mesh.register(web.sidecar);
    await eventually(async () => expect(await greet(web.upstreamPorts["db"])).toBe("db "));
  });

  test("finds whoever provides a destination, as they come and go", async () => {
    await using stage = await setStage();
    const web = await stage.addService("web", "db");
    await allow(stage.mesh, "db", "web");
    await using sidecar = await stage.startSidecar(web);
    await expect(greet(web.upstreamPorts["db"])).rejects.toThrow();
    expect(await sidecar.debug("routes")).toMatchObject({
      unavailable: [{ reason: "db: no instance takes mesh connections for it" }],
    });
    const db = await stage.addService("db");
    await using _db = await stage.startSidecar(db);
    await eventually(async () => expect(await greet(web.upstreamPorts["db"])).toBe("db "));
    await stage.mesh.deregister(db.sidecar);
    await eventually(() => expect(greet(web.upstreamPorts["db"])).rejects.toThrow());
  });

  test("an upstream that it cannot reach costs no other, and is told with its reason", async () => {
    await using stage = await setStage();
    const query = { DestinationName: "nearest-db", DestinationType: "prepared_query" };
    const web = await stage.addService("web", "db", query, { DestinationName: "far", Datacenter: "dc2" });
    const db = await stage.addService("db");
    await allow(stage.mesh, "db", "web");
    await using sidecar = await stage.startSidecar(web);
    await using _db = await stage.startSidecar(db);
    expect(await greet(web.upstreamPorts["db"])).toBe("db ");
    expect(await sidecar.debug("routes")).toMatchObject({
      unavailable: [
        {
          name: expect.stringMatching(/^far:/),
          reason: "far in dc2: the datacenter dc2 cannot be reached, and nothing is known of a way there",
        },
        { name: expect.stringMatching(/^nearest-db:/), reason: expect.stringContaining("prepared queries") },
      ],
    });
  });

  test("serves throughout when NATS is killed and started again", async () => {
    await using stage = await setStage();
    const web = await stage.addService("web", "db");
    const db = await stage.addService("db");
    await allow(stage.mesh, "db", "web");
    await using _web = await stage.startSidecar(web);
    await using _db = await stage.startSidecar(db);
    const open = await dial(web.upstreamPorts["db"]);
    await next(open);
    await stage.nats.kill();
    expect(await greet(web.upstreamPorts["db"])).toBe("db ");
    await stage.nats.restart();
    open.write("still here");
    expect(await next(open)).toBe("still here");
    open.destroy();
    await allow(stage.mesh, "db", "api");
    await eventually(() => expect(greet(web.upstreamPorts["db"])).rejects.toThrow());
  });
});
