import { styleText } from "node:util";

const COLOURS = {
  trace: "gray",
  debug: "gray",
  info: "green",
  warn: "yellow",
  error: "red",
  fatal: "red",
} as const;

/**
 * Turns one JSON log line into a line for people: `12:00:01.123 INFO  catalog  ready  adminPort=40213`. A stack follows on lines of its
 * own. What is not JSON comes back as it is.
 */
export function renderLine(line: string): string {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line);
  } catch {
    return line;
  }
  const { level, time, service, msg, error, ...facts } = fields;
  const head = [String(time).slice(11, 23), coloured(String(level)), String(service), String(msg ?? "")].join("  ");
  const tail = Object.entries({ ...facts, ...errorFacts(error) }).map(([name, value]) => `${name}=${inline(value)}`);
  return `${[head, ...tail].join("  ")}\n${stackOf(error)}`;
}

function coloured(level: string): string {
  const label = level.toUpperCase().padEnd(5);
  // A name that is not among the levels cannot come from the logger; it is then written plainly.
  const colour = COLOURS[level as keyof typeof COLOURS];
  return colour === undefined ? label : styleText(colour, label, { stream: process.stderr });
}

function errorFacts(error: unknown): Record<string, unknown> {
  if (typeof error !== "object" || error === null) return error === undefined ? {} : { error };
  const { type, message, stack, ...facts } = error as Record<string, unknown>;
  return { error: `${type}: ${message}`, ...facts };
}

function stackOf(error: unknown): string {
  const stack = (error as { stack?: unknown } | undefined)?.stack;
  if (typeof stack !== "string") return "";
  const frames = stack.split("\n").filter((frame) => frame.startsWith("    at "));
  return frames.map((frame) => `${frame}\n`).join("");
}

function inline(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
