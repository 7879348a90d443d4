import { expect, test } from "vitest";
import { metricsJson } from "./metrics-json.ts";

test("readings have the shape that Consul's clients know, by name", () => {
  const labels = { method: "GET" };
  const readings = [
    { name: "open", labels: {}, kind: "gauge", value: 7 },
    { name: "asked_seconds", labels, kind: "histogram", count: 4, sum: 2, min: 0.1, max: 1 },
    { name: "asked_total", labels, kind: "counter", value: 4 },
    { name: "a", labels: {}, kind: "gauge", value: 1 },
  ] as const;
  expect(metricsJson(readings, new Date("2020-05-06T07:08:09.123Z"))).toEqual({
    Timestamp: "2020-05-06 07:08:09 +0000 UTC",
    Gauges: [
      { Name: "a", Value: 1, Labels: {} },
      { Name: "open", Value: 7, Labels: {} },
    ],
    Points: [],
    Counters: [{ Name: "asked_total", Count: 1, Rate: 0, Sum: 4, Min: 4, Max: 4, Mean: 4, Stddev: 0, Labels: labels }],
    Samples: [
      { Name: "asked_seconds", Count: 4, Rate: 0, Sum: 2, Min: 0.1, Max: 1, Mean: 0.5, Stddev: 0, Labels: labels },
    ],
  });
});
