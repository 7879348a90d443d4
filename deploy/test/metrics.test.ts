import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { freePort, startNatsServer } from "@causeway/testkit";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { knownMetrics, metricsIn, natsMetrics } from "../src/known-metrics.ts";

const DEPLOY = resolve(import.meta.dirname, "..");
const known = knownMetrics();

type Dashboard = {
  readonly uid: string;
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly definition: string }[] };
};
type Rules = {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
};

const dashboards = ["gateways", "control-plane"].map(
  (name) => JSON.parse(readFileSync(resolve(DEPLOY, `grafana/dashboards/${name}.json`), "utf8")) as Dashboard,
);
const queries = dashboards.flatMap(({ uid, panels, templating }) => [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [`${uid}: ${title}`, expr])),
  ...templating.list.map(({ definition }): [string, string] => [`${uid}: ${definition}`, definition]),
]);
const alerts = (parse(readFileSync(resolve(DEPLOY, "otel/alerts.yaml"), "utf8")) as Rules).groups
  .flatMap(({ rules }) => rules)
  .map(({ alert, expr }): [string, string] => [alert, expr]);

let ofNats: ReadonlySet<string>;
beforeAll(async () => {
  const port = await freePort();
  await using _nats = await startNatsServer({ config: `http: 127.0.0.1:${port}` });
  const varz = await (await fetch(`http://127.0.0.1:${port}/varz`)).json();
  ofNats = natsMetrics(varz as Readonly<Record<string, unknown>>);
});

test.each([...queries, ...alerts])("%s asks for what is measured", (_, query) => {
  const asked = metricsIn(query, known);
  expect(asked).not.toEqual([]);
  for (const name of asked) expect(known.has(name) || ofNats.has(name), name).toBe(true);
});

test("the documentation has every metric in a table, and none that there is not", () => {
  const text = readFileSync(resolve(DEPLOY, "../docs/metrics.md"), "utf8");
  const documented = [...text.matchAll(/^\| `([a-z_]+)` \| (?:counter|gauge|histogram) \|/gm)].map(([, name]) => name);
  expect(documented.toSorted()).toEqual([...known].toSorted());
});

test("every metric of ours is on a dashboard", () => {
  const shown = new Set(queries.flatMap(([, query]) => metricsIn(query, known)));
  expect([...known].filter((name) => !shown.has(name))).toEqual([]);
});

test("a query for what is not measured is noticed", () => {
  expect(metricsIn("rate(causeway_dial_seconds_bucket[5m])", known)).toEqual(["causeway_dial_seconds"]);
  expect(known).not.toContain(metricsIn("causeway_nothing_seconds_sum", known)[0]);
  expect(ofNats).not.toContain(metricsIn("gnatsd_varz_slow_consumer", known)[0]);
});
