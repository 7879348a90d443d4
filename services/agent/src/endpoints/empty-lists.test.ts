import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { STAYING_CLIENT } from "../http/endpoint.ts";
import { SharedReadings } from "../http/shared-readings.ts";
import type { Source } from "../source.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import { Topics } from "../views/topics.ts";
import { emptyListEndpoints } from "./empty-lists.ts";

/** Asks one of these endpoints at index 0, or as somebody who knows the index that it tells. */
function ask(path: string, clock: FakeClock, query = "") {
  const view = { topics: new Topics() };
  const catalog = { view, shared: new SharedReadings() } as unknown as Source<CatalogView>;
  const endpoint = emptyListEndpoints({ catalog, clock }).find((one) => one.path === path);
  const request = {
    method: "GET",
    path,
    rest: "",
    query: new URLSearchParams(query),
    headers: {},
    body: "",
    client: STAYING_CLIENT,
  } as const;
  return endpoint?.methods.GET?.(request);
}

test.each(["/v1/coordinate/nodes", "/v1/query"])(
  "%s is an empty list, and a wait for another one lasts",
  async (path) => {
    const clock = new FakeClock();
    const headers = expect.objectContaining({ "X-Consul-Index": "1", "X-Consul-KnownLeader": "true" });
    expect(await ask(path, clock)).toMatchObject({ status: 200, headers, body: { kind: "json", value: [] } });
    let answered = false;
    const waiting = Promise.resolve(ask(path, clock, "index=1&wait=10s")).then(() => {
      answered = true;
    });
    await clock.advance(9_999);
    expect(answered).toBe(false);
    await clock.advance(10_000);
    await waiting;
  },
);
