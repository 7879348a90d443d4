import type { Route } from "@causeway/routes";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Matching } from "../listener-routes.ts";
import { changeBetween, changed } from "./route-change.ts";

const ROUTES = ["a", "b", "c"].map(
  (name): Route => ({
    name,
    inbound: { kind: "passthrough" },
    outbound: { kind: "plain" },
    connectTimeoutMs: 1,
    endpoints: [],
  }),
);
const [a, b] = ROUTES as [Route, Route];

function bySni(routes: Readonly<Record<string, Route>>): Matching {
  return { by: "sni", routes: new Map(Object.entries(routes)) };
}

test("only what has changed is handed over", () => {
  expect(changeBetween(bySni({ x: a, y: a, z: b }), bySni({ x: a, y: b, w: a }))).toEqual({
    by: "sni",
    set: [
      ["y", b],
      ["w", a],
    ],
    gone: ["z"],
  });
  expect(changeBetween(bySni({ x: a }), bySni({ x: a }))).toBe("nothing");
  expect(changeBetween({ by: "listener", route: a }, { by: "listener", route: a })).toBe("nothing");
  expect(changeBetween(undefined, undefined)).toBe("nothing");
  expect(changeBetween(bySni({}), undefined)).toBe(undefined);
  expect(changeBetween(undefined, bySni({}))).toEqual({ by: "sni", set: [], gone: [] });
});

test("whatever the tables were, the last one arrives", () => {
  const route = fc.constantFrom(...ROUTES);
  const names = fc.array(fc.tuple(fc.constantFrom("x", "y", "z"), route), { maxLength: 4 });
  const matching = fc.option(
    fc
      .record({ by: fc.constantFrom("sni", "listener"), names, route })
      .map(
        ({ by, names, route }): Matching =>
          by === "sni" ? { by: "sni", routes: new Map(names) } : { by: "listener", route },
      ),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(matching, { minLength: 1, maxLength: 6 }), (tables) => {
      let last: Matching | undefined;
      let far: Matching | undefined;
      for (const table of tables) {
        const change = changeBetween(last, table);
        if (change !== "nothing") far = changed(far, structuredClone(change));
        last = table;
        expect(far).toEqual(table);
      }
    }),
  );
});
