import type { AgentContext } from "./context.ts";
import type { AnsweredRequest } from "./http/server.ts";

const STATUS_CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

type Sources = Pick<AgentContext, "ca" | "catalog" | "configEntries" | "intentions" | "metrics">;

/** Makes the metrics of the HTTP API, and gives what counts each answered request in them. */
export function countRequests({
  metrics,
  ca,
  catalog,
  configEntries,
  intentions,
}: Sources): (request: AnsweredRequest) => void {
  const seconds = metrics.histogram("causeway_agent_request_seconds", {
    description: "Time from a request of the HTTP API to its answer, waiting included.",
    unit: "s",
    labels: { method: ["GET", "PUT", "POST", "DELETE"], status: STATUS_CLASSES },
  });
  metrics.observedGauge(
    "causeway_agent_long_polls",
    {
      description: "Requests of the HTTP API that wait for a change.",
      labels: { bucket: ["ca-roots", "catalog", "config-entries", "intentions"] },
    },
    (observe) => {
      observe(ca.waiting, { bucket: "ca-roots" });
      observe(catalog.waiting, { bucket: "catalog" });
      observe(configEntries.waiting, { bucket: "config-entries" });
      observe(intentions.waiting, { bucket: "intentions" });
    },
  );
  return ({ method, status, seconds: taken }) => {
    const known = STATUS_CLASSES[Math.floor(status / 100) - 1];
    // A method that the API does not know is counted by the metrics as "other".
    if (known !== undefined) seconds.record(taken, { method: method as "GET", status: known });
  };
}
