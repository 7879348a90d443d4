import { expect, test } from "vitest";
import { withoutCredentials } from "./agent-bus.ts";

test.each([
  ["nats://127.0.0.1:4222", "nats://127.0.0.1:4222"],
  ["nats://user:secret@nats.example.com:4222", "nats://nats.example.com:4222"],
  ["tls://token@nats:4222", "tls://nats:4222"],
  ["user:secret@nats:4222", "nats:4222"],
  [" nats:4222 ", "nats:4222"],
  ["nats://user:p@ss@nats:4222", "nats://nats:4222"],
])("%s is told as %s", (url, told) => expect(withoutCredentials(url)).toBe(told));
