import type { RouteTable } from "@causeway/routes";
import { instanceRecord, linkRecord } from "@causeway/routes/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Compiler, type CompilerEvents } from "./compiler.ts";
import type { Plan } from "./plan.ts";
import { type Need, needKey } from "./read.ts";
import { KnownRecords } from "./testing.ts";
import { instancesOf, linksOf, registrationOf } from "./watches.ts";

type Part = { readonly service: string; readonly ports: readonly number[] };

/** Lists the ports of each linked service's instances; counts how often each service was compiled. */
function countingPlan(compiled: Record<string, number> = {}): Plan<string, Part> {
  return {
    parts: (read) => new Map(read.all(linksOf("gw")).map(({ Service, SNI = "" }) => [Service, `${Service} ${SNI}`])),
    compile(read, input) {
      const [service = ""] = input.split(" ");
      compiled[service] = (compiled[service] ?? 0) + 1;
      if (service === "broken") throw new Error("no such luck");
      const instances = read.all(instancesOf(service)).map(({ Service }) => Service.Port);
      return { service, ports: read.leaf(service).ready ? instances : [] };
    },
    assemble(read, parts) {
      if (read.one(registrationOf("gw", "node1", "gw")) === undefined) return { waitingFor: "registration" };
      return tableOf(parts);
    },
  };
}

function tableOf(parts: readonly Part[]): RouteTable {
  const unavailable = parts.map(({ service, ports }) => ({ name: service, reason: ports.join(" ") }));
  return { listeners: [], unavailable };
}

function setUp() {
  const known = new KnownRecords();
  const compiled: Record<string, number> = {};
  const needs = new Map<string, Need>();
  const failures: string[] = [];
  const events: CompilerEvents = {
    needed: (need) => void needs.set(needKey(need), need),
    unneeded: (need) => void needs.delete(needKey(need)),
    failed: (part, error) => void failures.push(`${part}: ${(error as Error).message}`),
  };
  const compiler = new Compiler(countingPlan(compiled), known, events);
  const tell = (keys: readonly string[]) => {
    for (const key of keys) compiler.changed(key);
  };
  const link = (service: string, SNI?: string) =>
    tell(known.put("catalog", "gateway-service", ["gw", service], linkRecord("gw", service, SNI ? { SNI } : {})));
  const unlink = (service: string) => tell(known.remove("catalog", "gateway-service", ["gw", service]));
  const register = (service: string, Port: number, ID = service) =>
    tell(known.put("catalog", "instance", [service, "node1", ID], instanceRecord({ Service: service, ID, Port })));
  const deregister = (service: string, ID = service) =>
    tell(known.remove("catalog", "instance", [service, "node1", ID]));
  return { known, compiled, needs, failures, compiler, tell, link, unlink, register, deregister };
}

/** What there is to see of a table of `countingPlan`. */
function shown(compiler: Compiler<string, Part>): unknown {
  const result = compiler.compile();
  return result.kind === "table" ? result.table.unavailable.map(({ name, reason }) => `${name}: ${reason}`) : result;
}

describe("Compiler", () => {
  test("waits for what the plan waits for", () => {
    const { compiler, register } = setUp();
    expect(shown(compiler)).toEqual({ kind: "waiting", waitingFor: "registration" });
    register("gw", 8443);
    expect(shown(compiler)).toEqual([]);
  });

  test("the first table is whole: it waits until everything has been read", () => {
    const { compiler, known, register, link, tell } = setUp();
    register("gw", 8443);
    register("db", 5432);
    known.setUnread(instancesOf("db"), "unread");
    link("db");
    expect(shown(compiler)).toEqual({ kind: "reading", waitingFor: "not read yet: catalog/instance.db.>" });
    tell([known.setUnread(instancesOf("db"), "read")]);
    expect(shown(compiler)).toEqual(["db: 5432"]);
  });

  test("where nothing more can be read, the first table is made of what is there", () => {
    const { compiler, known, register, link } = setUp();
    register("gw", 8443);
    register("web", 80);
    known.setUnread(instancesOf("db"), "unread");
    link("db");
    link("web");
    compiler.compile();
    compiler.acceptMissingParts();
    expect(shown(compiler)).toEqual(["web: 80", "db: not read yet: catalog/instance.db.>"]);
  });

  test("a first table without any part is whole too", () => {
    const { compiler, register } = setUp();
    register("gw", 8443);
    expect(compiler.compile().kind).toBe("table");
  });

  test("a part that is added later holds no other up, and says what it waits for", () => {
    const { compiler, known, register, link, tell } = setUp();
    register("gw", 8443);
    compiler.compile();
    known.setUnread(instancesOf("db"), "unread");
    link("db");
    register("web", 80);
    link("web");
    expect(shown(compiler)).toEqual(["web: 80", "db: not read yet: catalog/instance.db.>"]);
    register("db", 5432);
    tell([known.setUnread(instancesOf("db"), "read")]);
    expect(shown(compiler)).toEqual(["db: 5432", "web: 80"]);
  });

  test("only the part that has read what changed is compiled again", () => {
    const { compiler, compiled, register, link } = setUp();
    register("gw", 8443);
    for (const service of ["db", "web", "api"]) link(service);
    compiler.compile();
    expect(compiled).toEqual({ db: 1, web: 1, api: 1 });
    register("web", 80);
    compiler.compile();
    expect(compiled).toEqual({ db: 1, web: 2, api: 1 });
    link("api", "api.example.com");
    compiler.compile();
    expect(compiled).toEqual({ db: 1, web: 2, api: 2 });
  });

  test("what comes out the same leads to no table", () => {
    const { compiler, compiled, register, link } = setUp();
    register("gw", 8443);
    register("db", 5432);
    link("db");
    compiler.compile();
    register("db", 5432);
    register("gw", 8444);
    expect(compiler.compile()).toEqual({ kind: "unchanged" });
    expect(compiled["db"]).toBe(2);
  });

  test("nothing is compiled when nothing has changed", () => {
    const { compiler, compiled, register, link } = setUp();
    register("gw", 8443);
    link("db");
    compiler.compile();
    expect(compiler.compile()).toEqual({ kind: "unchanged" });
    expect(compiled["db"]).toBe(1);
  });

  test("what is read is needed for as long as somebody reads it", () => {
    const { compiler, needs, register, link, unlink } = setUp();
    const always = ["catalog/gateway-service.gw.>", "catalog/instance.gw.node1.gw"];
    register("gw", 8443);
    compiler.compile();
    expect([...needs.keys()].sort()).toEqual(always);
    link("db");
    compiler.compile();
    expect([...needs.keys()].sort()).toEqual([...always, "catalog/instance.db.>", "leaf/db"].sort());
    unlink("db");
    compiler.compile();
    expect([...needs.keys()].sort()).toEqual(always);
  });

  test("a leaf that is being asked for makes a part wait, one that cannot be had does not", () => {
    const { compiler, known, register, link, tell } = setUp();
    register("gw", 8443);
    register("db", 5432);
    tell([known.setLeaf("db", { ready: "asking" })]);
    link("db");
    expect(shown(compiler)).toEqual({ kind: "reading", waitingFor: "not read yet: leaf/db" });
    tell([known.setLeaf("db", { ready: false, reason: "no CA" })]);
    expect(shown(compiler)).toEqual(["db: "]);
    tell([known.setLeaf("db", { ready: true })]);
    expect(shown(compiler)).toEqual(["db: 5432"]);
  });

  test("a part that throws costs no other, and is told", () => {
    const { compiler, failures, register, link } = setUp();
    register("gw", 8443);
    register("web", 80);
    link("broken");
    link("web");
    expect(shown(compiler)).toEqual(["web: 80", "broken: could not be compiled: no such luck"]);
    expect(failures).toEqual(["broken: no such luck"]);
  });

  test("a table stays in force while the plan waits again, and comes back when it does not", () => {
    const { compiler, register, deregister } = setUp();
    register("gw", 8443);
    compiler.compile();
    deregister("gw");
    expect(shown(compiler)).toEqual({ kind: "waiting", waitingFor: "registration" });
    register("gw", 8443);
    expect(shown(compiler)).toEqual([]);
  });

  const service = fc.constantFrom("db", "web", "api");
  const step = fc.oneof(
    fc.record({ do: fc.constant("link" as const), service }),
    fc.record({ do: fc.constant("unlink" as const), service }),
    fc.record({ do: fc.constant("register" as const), service, port: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("deregister" as const), service }),
    fc.record({ do: fc.constant("compile" as const) }),
  );

  test("whatever happened before, the table is the one that a new gateway would make", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { compiler, known, register, deregister, link, unlink } = setUp();
        register("gw", 8443);
        let table: RouteTable | undefined;
        const compile = () => {
          const result = compiler.compile();
          if (result.kind === "table") table = result.table;
        };
        for (const each of steps) {
          if (each.do === "link") link(each.service);
          else if (each.do === "unlink") unlink(each.service);
          else if (each.do === "register") register(each.service, each.port);
          else if (each.do === "deregister") deregister(each.service);
          else compile();
        }
        compile();
        const fresh = new Compiler(countingPlan(), known, { needed() {}, unneeded() {}, failed() {} }).compile();
        expect({ kind: "table", table }).toEqual(fresh);
      }),
    );
  });
});
