import type { LocalCheck, LocalService } from "./local-service.ts";

/** Everything that is registered with this agent at one moment. */
export type LocalSnapshot = {
  readonly services: ReadonlyMap<string, LocalService>;
  readonly checks: ReadonlyMap<string, LocalCheck>;
};

/** What is kept in step with the catalog by itself. */
export type Subject = "node" | `service ${string}` | `check ${string}`;

export function serviceSubject(id: string): Subject {
  return `service ${id}`;
}

export function checkSubject(id: string): Subject {
  return `check ${id}`;
}

/** The secrets by which services and checks were registered, of those that were by one. */
export type LocalTokens = ReadonlyMap<Subject, string>;
