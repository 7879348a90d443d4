import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Metrics } from "./metrics.ts";

const MICROSECONDS = 1e-6;
const NANOSECONDS = 1e-9;

/** Adds what is known of any process: memory, processor time, when it started, how late its event loop runs. */
export function observeProcess(metrics: Metrics): void {
  const startSeconds = Date.now() / 1_000 - process.uptime();
  metrics.observedGauge(
    "process_start_time_seconds",
    { description: "When the process started, in seconds since 1970." },
    (observe) => observe(startSeconds),
  );
  metrics.observedGauge(
    "process_resident_memory_bytes",
    { description: "Memory that is in RAM, shared libraries included." },
    (observe) => observe(process.memoryUsage.rss()),
  );
  metrics.observedCounter(
    "process_cpu_seconds_total",
    { description: "Processor time used, of user and system together." },
    (observe) => {
      const { user, system } = process.cpuUsage();
      observe((user + system) * MICROSECONDS);
    },
  );
  observeEventLoop(metrics);
}

function observeEventLoop(metrics: Metrics): void {
  const delay = monitorEventLoopDelay({ resolution: 100 });
  delay.enable();
  metrics.observedGauge(
    "nodejs_eventloop_delay_seconds",
    {
      description: "How late the event loop ran since metrics were last read.",
      labels: { quantile: ["0.5", "0.99", "1"] },
    },
    (observe) => {
      observe(delay.percentile(50) * NANOSECONDS, { quantile: "0.5" });
      observe(delay.percentile(99) * NANOSECONDS, { quantile: "0.99" });
      observe(delay.max * NANOSECONDS, { quantile: "1" });
      delay.reset();
    },
  );
}
