import { FakeClock } from "@causeway/runtime/testing";
import { expect, test } from "vitest";
import { type ApiRequest, type Method, STAYING_CLIENT } from "../http/endpoint.ts";
import { answerForError } from "../http/errors.ts";
import { SharedReadings } from "../http/shared-readings.ts";
import type { Source } from "../source.ts";
import type { CatalogView } from "../views/catalog-view.ts";
import { Topics } from "../views/topics.ts";
import { peeringEndpoints } from "./peering.ts";

const catalog = { view: { topics: new Topics() }, shared: new SharedReadings() } as unknown as Source<CatalogView>;
const endpoints = peeringEndpoints({ catalog, clock: new FakeClock() });

async function ask(method: Method, path: string, rest = "", body = "") {
  const handle = endpoints.find((one) => one.path === path)?.methods[method];
  const request: ApiRequest = {
    method,
    path,
    rest,
    query: new URLSearchParams(),
    headers: {},
    body,
    client: STAYING_CLIENT,
  };
  const { status, body: given } = await (async () => await handle?.(request))().then(
    (answer) => answer ?? { status: 405, body: undefined },
    (error) => answerForError(error).answer,
  );
  if (given?.kind === "json") return { status, told: given.value };
  return { status, told: given?.kind === "text" ? given.text : undefined };
}

const DISABLED = "rpc error: code = FailedPrecondition desc = peering must be enabled to use this endpoint";

test.each([
  ["GET", "/v1/peerings", "", "", 200, []],
  ["GET", "/v1/exported-services", "", "", 200, []],
  ["GET", "/v1/internal/ui/exported-services", "", "", 200, []],
  ["GET", "/v1/peering/", "other", "", 404, 'Peering not found for "other"'],
  ["GET", "/v1/peering/", "", "", 400, "Must specify a name to fetch."],
  ["DELETE", "/v1/peering/", "other", "", 500, DISABLED],
  ["POST", "/v1/peering/token", "", '{"PeerName":"other"}', 500, DISABLED],
  [
    "POST",
    "/v1/peering/token",
    "",
    "{}",
    400,
    "PeerName is required in the payload when generating a new peering token.",
  ],
  ["POST", "/v1/peering/establish", "", '{"PeerName":"other","PeeringToken":"t"}', 500, DISABLED],
  [
    "POST",
    "/v1/peering/establish",
    "",
    '{"PeerName":"other"}',
    400,
    "PeeringToken is required in the payload when establishing a peering.",
  ],
  ["POST", "/v1/peering/establish", "", "", 400, "The peering arguments must be provided in the body"],
] as const)("%s %s%s %s", async (method, path, rest, body, status, told) => {
  expect(await ask(method, path, rest, body)).toEqual({ status, told });
});
