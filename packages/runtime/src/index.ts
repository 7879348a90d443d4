export { type AdminHandler, type AdminOptions, AdminServer } from "./admin.ts";
export { type BackoffOptions, backoff, jitter } from "./backoff.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { CommonConfig, LogLevel } from "./common-config.ts";
export { ConfigError, type ConfigProblem, describeConfig, loadConfig } from "./config.ts";
export { type Environment, variableName } from "./environment.ts";
export { createLogger, type LogFormat, type Logger, type LoggerOptions } from "./log.ts";
export { LogLines } from "./log-lines.ts";
export { atMost, type Bounded, type LabelSpec, type Labels } from "./metric-labels.ts";
export { type Counter, type Gauge, type Histogram, Metrics, type Observe, type Reading } from "./metrics.ts";
export { Readiness, type ReadinessReport, type ReadinessTask, type TaskState } from "./readiness.ts";
export { HIDDEN, isSecretName, withoutSecrets } from "./secrets.ts";
export { type Running, runService, type ServiceContext, type ServiceDefinition } from "./service.ts";
export { startTelemetry, type Telemetry, type TelemetryOptions } from "./telemetry.ts";
export {
  currentTraceparent,
  type PastSpan,
  parseTraceparent,
  recordSpan,
  spanned,
  withRemoteParent,
} from "./tracing.ts";
