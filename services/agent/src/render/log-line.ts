/** How Consul's log calls the levels. */
const LEVELS: Readonly<Record<string, string>> = {
  trace: "[TRACE]",
  debug: "[DEBUG]",
  info: "[INFO] ",
  warn: "[WARN] ",
  error: "[ERROR]",
  fatal: "[ERROR]",
};

/** A line of this agent's log as Consul's monitor writes it: `2020-05-06T07:08:09.123Z [INFO]  agent: synced: service=web`. */
export function logText(line: string): string {
  const { level, time, service, msg, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const told = Object.entries(facts).map(([name, value]) => ` ${name}=${inline(value)}`);
  const colon = told.length === 0 ? "" : ":";
  return `${String(time)} ${LEVELS[String(level)] ?? "[INFO] "} ${String(service)}: ${String(msg)}${colon}${told.join("")}\n`;
}

/** The same line with the keys that Consul's log has in JSON. */
export function logJson(line: string): string {
  const { level, time, service, msg, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const head = { "@level": level, "@message": msg, "@module": service, "@timestamp": time };
  return `${JSON.stringify({ ...head, ...facts })}\n`;
}

function inline(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
